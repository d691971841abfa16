//! What is kept from one policy to the next, or from one text of a policy to the next.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use super::known_tools::KnownTools;
use crate::catalogue::Catalogue;
use crate::diagnostics::Diagnostic;
use crate::lock::Lock;
use crate::source::{FileId, SourceFile};
use crate::syntax::{Parse, parse, parse_again};

/// Catalogues that were read already, for policies that use the same ones; and what is known of the texts that are in use, for the next
/// ones.
///
/// Places in a catalogue name its file by the id that it has in a run, so one is found again only where it has the same id: as a
/// rule the first or second file of a policy.
///
/// It is bounded: of what no policy uses any more, about 8 MiB of text stay.
#[derive(Debug, Default)]
pub struct Cache {
    kept: Part<Catalogue>,
    locks: Part<Lock>,
    /// What policies that are still in use can speak of.
    known_tools: Mutex<Vec<Weak<KnownTools>>>,
    /// The texts of policies that are still in use, and their trees; and how many there may be before those out of use are dropped.
    texts: Mutex<(BTreeMap<Key, InUse>, usize)>,
}

/// How much text of catalogues or locks is kept that nobody uses, before it is dropped: as much as the largest catalogues have.
const MOST_KEPT: usize = 8 << 20;
/// How many texts are looked at before those out of use are dropped.
const MOST_TEXTS: usize = 1024;

/// A file, and its id in a run.
type Key = (PathBuf, FileId);

/// A text and its tree, as long as somebody has them.
type InUse = (Weak<SourceFile>, Weak<Parse>);

/// One kind of file that is kept.
type Part<T> = Mutex<KeptFiles<T>>;

/// The files of one kind.
#[derive(Debug)]
pub(super) struct KeptFiles<T> {
    files: BTreeMap<Key, Kept<T>>,
    /// The bytes of their texts.
    bytes: usize,
    /// How many bytes there may be before what is out of use is dropped.
    most: usize,
}

impl<T> Default for KeptFiles<T> {
    fn default() -> Self {
        Self { files: BTreeMap::new(), bytes: 0, most: MOST_KEPT }
    }
}

impl<T> KeptFiles<T> {
    fn put(&mut self, key: Key, kept: Kept<T>) {
        self.bytes += kept.bytes();
        if let Some(old) = self.files.insert(key.clone(), kept) {
            self.bytes -= old.bytes();
        }
        if self.bytes > self.most {
            self.files.retain(|other, kept| *other == key || Arc::strong_count(&kept.source) > 1);
            self.bytes = self.files.values().map(Kept::bytes).sum();
            // What is in use is not looked at again for each further file.
            self.most = self.bytes.saturating_mul(2).max(MOST_KEPT);
        }
    }
}

/// A catalogue or lock that was read, and what was found in it.
#[derive(Debug)]
pub(super) struct Kept<T> {
    pub(super) stamp: u64,
    pub(super) source: Arc<SourceFile>,
    pub(super) value: Option<Arc<T>>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<T> Kept<T> {
    fn bytes(&self) -> usize {
        self.source.text().len()
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        let Self { stamp, source, value, diagnostics } = self;
        Self {
            stamp: *stamp,
            source: Arc::clone(source),
            value: value.as_ref().map(Arc::clone),
            diagnostics: diagnostics.clone(),
        }
    }
}

/// What is read once for several policies: in which part of a cache it is kept.
pub(super) trait Keepable: Sized {
    /// The part of a cache.
    fn part(cache: &Cache) -> &Part<Self>;
}

impl Keepable for Catalogue {
    fn part(cache: &Cache) -> &Part<Self> {
        &cache.kept
    }
}

impl Keepable for Lock {
    fn part(cache: &Cache) -> &Part<Self> {
        &cache.locks
    }
}

impl Cache {
    pub(super) fn get<T: Keepable>(&self, key: &Key, stamp: u64) -> Option<Kept<T>> {
        T::part(self).lock().ok()?.files.get(key).filter(|kept| kept.stamp == stamp).cloned()
    }

    pub(super) fn put<T: Keepable>(&self, key: Key, kept: Kept<T>) {
        // Another thread that panicked leaves nothing half done here; without the lock nothing is kept.
        if let Ok(mut all) = T::part(self).lock() {
            all.put(key, kept);
        }
    }

    /// Reads a policy file, for the most part from what is known of an older text of it.
    pub(super) fn parse(&self, path: PathBuf, file: FileId, source: &Arc<SourceFile>) -> Arc<Parse> {
        let key = (path, file);
        let known = self.texts.lock().ok().and_then(|texts| {
            let (source, parse) = texts.0.get(&key)?;
            Some((source.upgrade()?, parse.upgrade()?))
        });
        let parse = match known {
            Some((old, known)) if old.text() == source.text() => known,
            Some((old, known)) => Arc::new(parse_again(source.text(), file, &known, old.text())),
            None => Arc::new(parse(source.text(), file)),
        };
        if let Ok(mut texts) = self.texts.lock() {
            let (texts, most) = &mut *texts;
            texts.insert(key, (Arc::downgrade(source), Arc::downgrade(&parse)));
            if texts.len() > (*most).max(MOST_TEXTS) {
                texts.retain(|_, (_, parse)| parse.strong_count() > 0);
                *most = texts.len().saturating_mul(2);
            }
        }
        parse
    }

    /// The known tools that another policy, or an older text of the same one, has.
    pub(super) fn known_tools(&self, wanted: &dyn Fn(&KnownTools) -> bool) -> Option<Arc<KnownTools>> {
        self.known_tools.lock().ok()?.iter().filter_map(Weak::upgrade).find(|known| wanted(known))
    }

    pub(super) fn share_known_tools(&self, known_tools: &Arc<KnownTools>) {
        if let Ok(mut all) = self.known_tools.lock() {
            all.retain(|known| known.strong_count() > 0);
            all.push(Arc::downgrade(known_tools));
        }
    }
}
