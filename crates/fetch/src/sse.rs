//! Server-sent events, as far as MCP uses them: the data of each event.
//!
//! Lines end with LF, CR or CR LF; several `data` lines of an event are joined with LF (WHATWG HTML, 9.2.6).

/// Reads a stream of events piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Events {
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    after_return: bool,
}

impl Events {
    /// The data of the events that end in a piece of the stream.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut events = Vec::new();
        for byte in bytes {
            let is_second = std::mem::take(&mut self.after_return) && *byte == b'\n';
            match byte {
                b'\n' if is_second => {}
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    events.extend(self.end_line());
                }
                _ => self.line.push(*byte),
            }
        }
        events
    }

    /// Bytes of an event that has not ended.
    pub(crate) fn held(&self) -> usize {
        self.line.len() + self.data.len()
    }

    fn end_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return std::mem::take(&mut self.has_data).then_some(data);
        }
        let rest = line.strip_prefix(b"data")?;
        let value = if rest.is_empty() { rest } else { rest.strip_prefix(b":")? };
        if self.has_data {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        self.has_data = true;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_pieces() {
        let stream = b": ping\r\n\r\nid: 1\r\nretry: 5\r\ndata:\r\n\r\nevent: message\rdata: {\"a\":\rdata:1}\r\rdata: x\n\ndata: cut";
        for size in 1..stream.len() {
            let mut events = Events::default();
            let found: Vec<Vec<u8>> = stream.chunks(size).flat_map(|piece| events.feed(piece)).collect();
            assert_eq!(found, [b"".to_vec(), b"{\"a\":\n1}".to_vec(), b"x".to_vec()], "{size}");
            assert_eq!(events.held(), 9);
        }
    }
}
