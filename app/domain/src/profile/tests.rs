//! What a profile learns, and what it does not.
