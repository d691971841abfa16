//! Reads the event of a client.

use policyc_core::diagnostics::quote;
use policyc_core::json::{Json, Kind, Value};

use super::names::Named;
use super::shape::{Client, Shape};

/// An event of a known shape.
pub(super) struct Event<'j> {
    pub(super) shape: &'static Shape,
    root: Value<'j>,
}

/// The value at a place: keys with dots between them.
fn at<'j>(root: Value<'j>, place: &str) -> Option<Value<'j>> {
    place.split('.').try_fold(root, Value::get)
}

fn text<'j>(root: Value<'j>, place: &str) -> Option<&'j str> {
    at(root, place).and_then(Value::as_str)
}

/// The shape of an event, if it has one of the client's.
pub(super) fn shape(client: Client, root: Value<'_>) -> Option<&'static Shape> {
    let is = |shape: &&&Shape| {
        shape.event.is_none_or(|(key, value)| text(root, key) == Some(value))
            && shape.foreign.iter().all(|key| root.get(key).is_none())
            && shape.texts.iter().all(|place| text(root, place).is_some())
            && text(root, shape.tool).is_some()
    };
    client.shapes.iter().find(is).copied()
}

impl<'j> Event<'j> {
    /// Reads an event.
    ///
    /// # Errors
    /// A sentence: the client sends no such event.
    pub(super) fn read(client: Client, json: &'j Json) -> Result<Self, String> {
        if let Some(at) = json.duplicate_key() {
            return Err(format!("An object of the event has a duplicate key, at byte {at}."));
        }
        let root = json.root();
        match shape(client, root) {
            Some(shape) => Ok(Self { shape, root }),
            None => {
                let names: Vec<&str> = client.shapes.iter().map(|shape| shape.name).collect();
                Err(format!("Standard input has no event that is known ({}).", names.join(", ")))
            }
        }
    }

    /// How the event names the tool; `None` if it is a tool of the client itself.
    ///
    /// # Errors
    /// A sentence: a part of the name is missing.
    pub(super) fn named(&self) -> Result<Option<Named<'j>>, String> {
        let naming = &self.shape.naming;
        let name = text(self.root, self.shape.tool).unwrap_or_default();
        if naming.only.is_some_and(|only| only != name) {
            return Ok(None);
        }
        let part = |place: Option<&'static str>| {
            let Some(place) = place else { return Ok(None) };
            let outer = place.split('.').next().unwrap_or(place);
            // A client leaves the whole object out where it has nothing to say.
            let is_missing = self.root.get(outer).is_none_or(Value::is_null) && naming.only.is_none();
            match text(self.root, place) {
                Some(text) => Ok(Some(text)),
                None if is_missing => Ok(None),
                None => Err(format!("The event has no text {}.", quote(place))),
            }
        };
        Ok(Some(Named { name, server: part(naming.server)?, tool: part(naming.tool)? }))
    }

    /// The arguments as they are written. They are read again by themselves where they are a text.
    ///
    /// # Errors
    /// A sentence: they are no object.
    pub(super) fn arguments(&self) -> Result<Arguments<'j>, String> {
        let place = self.shape.arguments;
        let no_object = || format!("The arguments of the call ({}) are no object.", quote(place));
        let found = at(self.root, place).ok_or_else(no_object)?;
        match found.as_str() {
            Some(text) if self.shape.arguments_are_text => {
                let json = Json::parse(text).map_err(|error| {
                    format!("The arguments of the call are not JSON: {} at byte {}.", error.message, error.at)
                })?;
                match json.duplicate_key() {
                    Some(at) => Err(format!("The arguments of the call have a duplicate key, at byte {at}.")),
                    None if json.root().kind() == Kind::Object => Ok(Arguments::Text(json)),
                    None => Err(no_object()),
                }
            }
            _ if found.kind() == Kind::Object => Ok(Arguments::Object(found)),
            _ => Err(no_object()),
        }
    }

    /// A text of the event, for what identifies a call.
    pub(super) fn text(&self, place: &str) -> &'j str {
        text(self.root, place).unwrap_or_default()
    }

    /// The session, as the client calls it.
    pub(super) fn session(&self) -> &'j str {
        self.shape.texts.first().map_or("", |place| self.text(place))
    }
}

/// The arguments of a call.
pub(super) enum Arguments<'j> {
    Object(Value<'j>),
    /// Of a document of their own.
    Text(Json),
}

impl Arguments<'_> {
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Object(value) => *value,
            Self::Text(json) => json.root(),
        }
    }
}
