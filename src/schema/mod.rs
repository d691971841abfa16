//! Types of arguments, read from JSON Schema.
