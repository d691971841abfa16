//! Changes in the text of settings in JSON. What is not changed stays as it is written: unknown members, their order, the digits of
//! numbers, comments and layout.

use policyc_core::diagnostics::quote;
use policyc_core::json::{Json, Kind, Value, json_quote};
use serde_json::Value as Wanted;

use super::text::{Layout, render, without_comments, without_last_commas};
use super::{Made, Mistake, Was};

/// What a client reads beyond JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    /// Nothing.
    None,
    /// Comments, `//` and `/* */`.
    Read,
    /// Comments, and a comma behind the last member.
    AndCommas,
}

/// The text of settings, and what it says: an object.
pub(super) struct Document {
    text: String,
    /// The text with spaces in place of comments.
    bare: String,
    json: Json,
    comments: Comments,
}

impl Document {
    /// Reads settings. A blank text has an empty object.
    pub(super) fn parse(text: &str, comments: Comments) -> Result<Self, Mistake> {
        let text = if text.trim_start_matches('\u{feff}').trim().is_empty() { "{}\n" } else { text };
        let bare = if comments == Comments::None { text.to_owned() } else { without_comments(text) };
        let plain = if comments == Comments::AndCommas { without_last_commas(&bare) } else { bare.clone() };
        let json = Json::parse(&plain).map_err(|error| {
            let allowed = if comments == Comments::None { "; the client reads no comments there" } else { "" };
            let help = format!("correct the file first; nothing is changed in what cannot be read{allowed}");
            Mistake { at: error.at as usize, message: format!("not JSON: {}", error.message), help }
        })?;
        if let Some(at) = json.duplicate_key() {
            let help = "keep one of them: which one counts depends on who reads the file".to_owned();
            return Err(Mistake { at: at as usize, message: "an object has this key twice".to_owned(), help });
        }
        let document = Self { text: text.to_owned(), bare, json, comments };
        document.container(&[], Kind::Object)?;
        Ok(document)
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn root(&self) -> Value<'_> {
        self.json.root()
    }

    /// The value under keys, one in the other.
    pub(super) fn get(&self, path: &[String]) -> Option<Value<'_>> {
        path.iter().try_fold(self.root(), |value, key| value.get(key))
    }

    /// The value there, if there is one; it must be of a kind.
    pub(super) fn container(&self, path: &[String], kind: Kind) -> Result<Option<Value<'_>>, Mistake> {
        let mut value = self.root();
        for (depth, key) in path.iter().enumerate() {
            is_kind(value, Kind::Object, path.get(..depth).unwrap_or_default())?;
            match value.get(key) {
                Some(member) => value = member,
                None => return Ok(None),
            }
        }
        is_kind(value, kind, path).map(|()| Some(value))
    }

    /// Sets a member. What is made for it is added to `made`.
    pub(super) fn set(self, path: &[String], value: &Wanted, made: &mut Vec<Made>) -> Result<Self, Mistake> {
        let Some((key, parent)) = path.split_last() else { return Ok(self) };
        // Containers are taken back when they are empty.
        let wrote = (!value.is_object() && !value.is_array()).then(|| render(value, "", None));
        if self.container(parent, Kind::Object)?.is_none() {
            let mut outer = serde_json::Map::new();
            outer.insert(key.clone(), value.clone());
            let document = self.set(parent, &Wanted::Object(outer), made)?;
            made.push(Made { path: path.to_vec(), was: Was::Absent, wrote });
            return Ok(document);
        }
        if let Some(old) = self.get(path) {
            let (start, end) = span(old);
            made.push(Made { path: path.to_vec(), was: Was::Other(old.source().to_owned()), wrote });
            return self.replaced(vec![(start, end, render(value, "", None))]);
        }
        let document = self.insert(parent, Some(key), value, made)?;
        made.push(Made { path: path.to_vec(), was: Was::Absent, wrote });
        Ok(document)
    }

    /// Adds an element to the list there, which is made if it is missing.
    pub(super) fn push(self, path: &[String], value: &Wanted, made: &mut Vec<Made>) -> Result<Self, Mistake> {
        match self.container(path, Kind::Array)? {
            Some(_) => self.insert(path, None, value, made),
            None => self.set(path, &Wanted::Array(vec![value.clone()]), made),
        }
    }

    /// Puts a value in place of the element of a list.
    pub(super) fn replace(self, path: &[String], index: usize, value: &Wanted) -> Result<Self, Mistake> {
        let Some(old) = self.get(path).and_then(|list| list.at(index)) else { return Ok(self) };
        let (start, end) = span(old);
        let text = if old.source().contains('\n') {
            render(value, self.indent_at(start), Some(&self.layout()))
        } else {
            render(value, "", None)
        };
        self.replaced(vec![(start, end, text)])
    }

    /// Adds a member or element at the end of a container.
    fn insert(self, path: &[String], key: Option<&str>, value: &Wanted, made: &mut Vec<Made>) -> Result<Self, Mistake> {
        let Some(container) = self.get(path) else { return Ok(self) };
        let (start, end) = span(container);
        let layout = self.layout();
        let prefix = key.map(|key| format!("{}: ", json_quote(key))).unwrap_or_default();
        let outer = self.indent_at(start).to_owned();
        let items = items(container);
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            let inner = self.text.get(start + 1..end - 1).unwrap_or_default();
            made.push(Made { path: path.to_vec(), was: Was::Empty(inner.to_owned()), wrote: None });
            let indent = format!("{outer}{}", layout.unit);
            let item = format!("{}{indent}{prefix}{}", layout.newline, render(value, &indent, Some(&layout)));
            let edits = match inner.contains('\n') {
                true => vec![(start + 1, start + 1, item)],
                false if inner.trim().is_empty() => {
                    vec![(start + 1, end - 1, format!("{item}{}{outer}", layout.newline))]
                }
                false => vec![(start + 1, start + 1, item), (end - 1, end - 1, format!("{}{outer}", layout.newline))],
            };
            return self.replaced(edits);
        };
        let tail = self.text.get(last.1..end - 1).unwrap_or_default();
        let comma = self.bare.get(last.1..end - 1).and_then(|tail| tail.find(',')).map(|at| last.1 + at);
        let is_tall = self.text.get(start..first.0).is_some_and(|text| text.contains('\n'));
        if !is_tall {
            let item = format!(" {prefix}{}", render(value, "", None));
            return self.replaced(match comma {
                Some(comma) => vec![(comma + 1, comma + 1, format!("{item},"))],
                None => vec![(last.1, last.1, format!(",{item}"))],
            });
        }
        let indent = self.indent_at(first.0).to_owned();
        let item = format!("{}{indent}{prefix}{}", layout.newline, render(value, &indent, Some(&layout)));
        let behind = last.1 + tail.trim_end().len();
        self.replaced(match comma {
            Some(_) => vec![(behind, behind, format!("{item},"))],
            None => vec![(last.1, last.1, ",".to_owned()), (behind, behind, item)],
        })
    }

    /// Takes the element of a list away.
    pub(super) fn remove_at(self, path: &[String], index: usize) -> Result<Self, Mistake> {
        let Some(container) = self.get(path) else { return Ok(self) };
        self.removed(container.span(), &items(container), index)
    }

    /// Takes an element of a list away that is a member of the element of a list.
    pub(super) fn remove_inner(self, path: &[String], at: usize, key: &str, index: usize) -> Result<Self, Mistake> {
        let inner = self.get(path).and_then(|list| list.at(at)?.get(key));
        let Some(inner) = inner else { return Ok(self) };
        self.removed(inner.span(), &items(inner), index)
    }

    /// Takes a member away.
    fn remove_key(self, path: &[String]) -> Result<Self, Mistake> {
        let Some((key, parent)) = path.split_last() else { return Ok(self) };
        let Some(container) = self.get(parent) else { return Ok(self) };
        let Some(index) = container.entries().position(|(name, _)| name.as_str() == Some(key)) else {
            return Ok(self);
        };
        self.removed(container.span(), &items(container), index)
    }

    fn removed(&self, container: (u32, u32), items: &[(usize, usize)], index: usize) -> Result<Self, Mistake> {
        let (start, end) = (container.0 as usize, container.1 as usize);
        let Some(&(from, to)) = items.get(index) else { return Self::parse(&self.text, self.comments) };
        let comma_behind = |at: usize| {
            let rest = self.bare.get(at..end - 1).unwrap_or_default();
            let found = rest.len() - rest.trim_start().len();
            rest.trim_start().starts_with(',').then_some(at + found)
        };
        let in_front = |at: usize, text: &str| at - (text.len() - text.trim_end().len());
        let edits = match (index.checked_sub(1).and_then(|index| items.get(index)), items.get(index + 1)) {
            (_, Some(next)) => {
                // Comments about the next one stay.
                let behind = comma_behind(to).map_or(next.0, |comma| comma + 1);
                let rest = self.text.get(behind..next.0).unwrap_or_default();
                let line = rest.find(|char: char| !char.is_whitespace()).unwrap_or(rest.len());
                vec![(from, behind + line, String::new())]
            }
            (Some(previous), None) => {
                let between = self.text.get(previous.1..from).unwrap_or_default();
                let begin = in_front(from, between);
                match comma_behind(previous.1) {
                    // The one in front is last then, and has its comma.
                    _ if comma_behind(to).is_some() => {
                        vec![(begin, comma_behind(to).map_or(to, |comma| comma + 1), String::new())]
                    }
                    Some(comma) if comma < begin => {
                        vec![(comma, comma + 1, String::new()), (begin, to, String::new())]
                    }
                    _ => vec![(begin, to, String::new())],
                }
            }
            (None, None) => {
                let begin = in_front(from, self.text.get(start + 1..from).unwrap_or_default());
                let stop = comma_behind(to).map_or(to, |comma| comma + 1);
                let before = self.text.get(start + 1..begin).unwrap_or_default();
                let rest = self.text.get(stop..end - 1).unwrap_or_default();
                let is_bare = before.is_empty() && rest.trim().is_empty();
                vec![(begin, if is_bare { end - 1 } else { stop }, String::new())]
            }
        };
        self.replaced(edits)
    }

    /// Takes back what was made, as far as nobody has changed it or put something into it.
    pub(super) fn unmake(mut self, made: &mut Vec<Made>) -> Result<Self, Mistake> {
        let mut kept = Vec::new();
        made.sort_by_key(|made| (std::cmp::Reverse(made.path.len()), matches!(made.was, Was::Empty(_))));
        for one in made.drain(..) {
            let Some(value) = self.get(&one.path) else { continue };
            let is_empty = matches!(value.kind(), Kind::Array | Kind::Object) && items(value).is_empty();
            let is_ours = one.wrote.as_deref() == Some(value.source());
            let place = span(value);
            match &one.was {
                Was::Absent if is_ours || is_empty => self = self.remove_key(&one.path)?,
                Was::Other(old) if is_ours => {
                    let edit = (place.0, place.1, old.clone());
                    self = self.replaced(vec![edit])?;
                }
                Was::Empty(inner) if is_empty => {
                    let edit = (place.0 + 1, place.1 - 1, inner.clone());
                    self = self.replaced(vec![edit])?;
                }
                Was::Absent if one.wrote.is_none() => kept.push(one),
                Was::Empty(_) => kept.push(one),
                // Somebody has written another value since.
                _ => {}
            }
        }
        *made = kept;
        Ok(self)
    }

    /// The text with some parts of it replaced: those in front first.
    fn replaced(&self, edits: Vec<(usize, usize, String)>) -> Result<Self, Mistake> {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (start, end, new) in edits {
            text.push_str(self.text.get(at..start).unwrap_or_default());
            text.push_str(&new);
            at = end;
        }
        text.push_str(self.text.get(at..).unwrap_or_default());
        Self::parse(&text, self.comments)
    }

    /// The white space in front of what is on the line of a place.
    fn indent_at(&self, at: usize) -> &str {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.rfind('\n').map_or(before, |end| before.get(end + 1..).unwrap_or_default());
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
    }

    /// How the text is laid out.
    fn layout(&self) -> Layout {
        let newline =
            if self.text.find('\n').is_some_and(|at| self.text.get(..at).is_some_and(|line| line.ends_with('\r'))) {
                "\r\n"
            } else {
                "\n"
            };
        let first = items(self.root()).first().map(|item| self.indent_at(item.0)).filter(|indent| !indent.is_empty());
        Layout { newline, unit: first.unwrap_or("  ").to_owned() }
    }
}

fn is_kind(value: Value<'_>, kind: Kind, path: &[String]) -> Result<(), Mistake> {
    if value.kind() == kind {
        return Ok(());
    }
    let what = if path.is_empty() { "the file".to_owned() } else { quote(&path.join(".")) };
    let message = format!("{what} is {}, not {}", value.kind().with_article(), kind.with_article());
    let help = format!("write {} there; nothing is changed in what cannot be read", kind.with_article());
    Err(Mistake { at: value.span().0 as usize, message, help })
}

pub(super) fn span(value: Value<'_>) -> (usize, usize) {
    let (start, end) = value.span();
    (start as usize, end as usize)
}

/// Where the elements of a list, or the members of an object with their keys, are.
fn items(container: Value<'_>) -> Vec<(usize, usize)> {
    match container.kind() {
        Kind::Object => container.entries().map(|(key, value)| (span(key).0, span(value).1)).collect(),
        _ => container.items().map(span).collect(),
    }
}
