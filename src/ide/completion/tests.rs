//! What may stand at the cursor, for statements cut off there.
