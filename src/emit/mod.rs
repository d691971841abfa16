//! Targets: what a gateway enforces, made from the model.
