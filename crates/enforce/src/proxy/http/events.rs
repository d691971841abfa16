//! Server-sent events as a server writes them (WHATWG HTML, 9.2), and as they go on to a client.
//!
//! Lines end with LF, CR or CR LF, and several `data` lines of an event are joined with LF. An event whose message is forwarded as it is
//! goes on as it came, unless a reader that takes other characters for the ends of lines could see another event in it.

use bytes::Bytes;

/// An event that has ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// All of its bytes, with the empty line behind it.
    raw: Vec<u8>,
    /// What its `data` lines say, if there are some.
    pub(super) data: Option<Vec<u8>>,
    /// Its other fields, each as a line that ends with LF.
    fields: Vec<u8>,
    /// Whether a client can go on behind it in another stream.
    pub(super) has_id: bool,
    /// Whether it has something that not everybody reads in the same way.
    is_odd: bool,
}

impl Event {
    /// The event as it came.
    pub(super) fn unchanged(self) -> Bytes {
        match self.data.as_ref().filter(|_| self.is_odd) {
            Some(data) => with_data(self.fields.clone(), data),
            None if self.is_odd => self.without_data().unwrap_or_default(),
            None => Bytes::from(self.raw),
        }
    }

    /// The event with another message.
    pub(super) fn with(self, message: &str) -> Bytes {
        with_data(self.fields, message.as_bytes())
    }

    /// The value of a field that is not `data`.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let lines = std::str::from_utf8(&self.fields).ok()?.lines();
        let value = |line: &'_ str| line.split_once(':').filter(|(own, _)| *own == name).is_some();
        let rest = lines.rev().find(|line| value(line))?.get(name.len() + 1..)?;
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    }

    /// What is left of an event whose message does not pass: where the stream can be gone on with.
    pub(super) fn without_data(self) -> Option<Bytes> {
        self.has_id.then(|| {
            let mut lines = self.fields;
            lines.extend_from_slice(b"data:\n\n");
            Bytes::from(lines)
        })
    }
}

/// An event with a message of the proxy.
pub(super) fn event(message: &str) -> Bytes {
    with_data(b"event: message\n".to_vec(), message.as_bytes())
}

fn with_data(mut lines: Vec<u8>, data: &[u8]) -> Bytes {
    for line in data.split(|byte| matches!(byte, b'\n' | b'\r')) {
        lines.extend_from_slice(b"data: ");
        lines.extend_from_slice(line);
        lines.push(b'\n');
    }
    lines.push(b'\n');
    Bytes::from(lines)
}

/// Reads a stream of events piece by piece.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
    after_return: bool,
    has_begun: bool,
}

impl Events {
    /// The events that end in a piece of the stream.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        for byte in bytes {
            let is_second = std::mem::take(&mut self.after_return) && *byte == b'\n';
            if is_second {
                // It belongs to the line before, which may have ended an event.
                let last = if self.event.raw.is_empty() { events.last_mut() } else { None };
                last.unwrap_or(&mut self.event).raw.push(b'\n');
                continue;
            }
            self.event.raw.push(*byte);
            match byte {
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    if self.end_line() {
                        events.push(std::mem::take(&mut self.event));
                    }
                }
                _ => self.line.push(*byte),
            }
        }
        events
    }

    /// Bytes of an event that has not ended.
    pub(super) fn held(&self) -> usize {
        self.event.raw.len()
    }

    /// Whether the line ends the event.
    fn end_line(&mut self) -> bool {
        let line = std::mem::take(&mut self.line);
        let line = match line.strip_prefix("\u{feff}".as_bytes()) {
            // Only at the beginning of the stream it is left out.
            Some(rest) if !self.has_begun => {
                self.event.is_odd = true;
                rest
            }
            _ => &line,
        };
        self.has_begun = true;
        if line.is_empty() {
            // A line feed that was left over from the event before is no event.
            return true;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at_checked(colon.unwrap_or(line.len())).unwrap_or((line, b""));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if name == b"data" {
            match &mut self.event.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                none => *none = Some(value.to_vec()),
            }
            return false;
        }
        let is_plain = line.iter().all(|byte| (b' '..=b'~').contains(byte));
        if matches!(name, b"id" | b"event" | b"retry") && is_plain {
            self.event.has_id |= name == b"id";
            self.event.fields.extend_from_slice(line);
            self.event.fields.push(b'\n');
        } else if !(name.is_empty() && is_plain) {
            self.event.is_odd = true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &[u8], size: usize) -> Vec<Event> {
        let mut events = Events::default();
        stream.chunks(size).flat_map(|piece| events.feed(piece)).collect()
    }

    #[test]
    fn lines_and_pieces() {
        let stream: &[u8] = b": ping\r\n\r\nid: 1\r\nretry: 5\r\ndata:\r\n\r\nevent: message\rdata: {\"a\":\rdata:1}\r\rid: 2\ndata: x\n\ndata: cut";
        for size in 1..stream.len() {
            let found = read(stream, size);
            let data: Vec<Option<&[u8]>> = found.iter().map(|event| event.data.as_deref()).collect();
            assert_eq!(data, [None, Some(&b""[..]), Some(b"{\"a\":\n1}"), Some(b"x")], "{size}");
            assert_eq!(found.iter().map(|event| event.has_id).collect::<Vec<_>>(), [false, true, false, true]);
            let again: Vec<u8> = found.into_iter().flat_map(|event| event.unchanged().to_vec()).collect();
            // What ends a line may come after its event, and is not missed.
            let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
            assert_eq!(plain(&again), plain(&stream[..stream.len() - 9]), "{size}");
        }
        let mut events = Events::default();
        assert!(events.feed(b"data: cut").is_empty());
        assert_eq!(events.held(), 9);
    }

    #[test]
    fn what_goes_on() {
        let one = |text: &str| read(text.as_bytes(), 100).remove(0);
        let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        let event = "id: 7\nevent: message\ndata: {\ndata: }\n\n";
        assert_eq!(text(one(event).unchanged()), event);
        assert_eq!(text(one(event).with("{\"a\":\n1}")), "id: 7\nevent: message\ndata: {\"a\":\ndata: 1}\n\n");
        assert_eq!(text(one(event).without_data().unwrap()), "id: 7\nevent: message\ndata:\n\n");
        assert_eq!(one("data: 1\n\n").without_data(), None);
        // Some readers end lines at other characters, or leave out a mark at the beginning.
        for odd in [
            "id: 7\n: a\u{b}data: {}\ndata: 1\n\n",
            "id: 7\nx: \u{2028}data: {}\ndata: 1\n\n",
            "\u{feff}id: 7\ndata: 1\n\n",
        ] {
            assert_eq!(text(one(odd).unchanged()), "id: 7\ndata: 1\n\n", "{odd:?}");
        }
        assert_eq!(text(one("\u{feff}data: 1\n\n").unchanged()), "data: 1\n\n");
    }
}
