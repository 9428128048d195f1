//! What does: the event loop, the terminal, the effects, the refresh schedule.
