//! Catalogues: what a server answers to `tools/list`.

/// The tools of one server.
#[derive(Debug)]
pub struct Catalogue;
