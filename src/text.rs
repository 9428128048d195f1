//! The one sanitiser: text from outside the program passes here on its way in.
