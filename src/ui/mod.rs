//! Drawing: reads the model, changes nothing, and says what it laid out.
