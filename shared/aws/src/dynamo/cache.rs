//! Items as this process read or wrote them last, so that the next step on them need not read them first. Nothing rests
//! on what stands here: a commit writes under the versions that it assumes, and where one is outdated the step is run
//! again from what is stored.

use super::{item::Item, key::Key};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Items that are kept; when there are more, all are forgotten. At most of some 10 kB each, mostly less than one.
const ITEMS: usize = 2_000;

/// The items. Clones are one and the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache {
    items: Arc<Mutex<HashMap<Key, Item>>>,
}

impl Cache {
    /// An item as it was last.
    pub(crate) fn get(&self, key: &Key) -> Option<Item> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps items as they are now.
    pub(crate) fn keep(&self, items: impl IntoIterator<Item = Item>) {
        let mut kept = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        for item in items {
            if kept.len() >= ITEMS {
                kept.clear();
            }
            kept.insert(item.key.clone(), item);
        }
    }

    /// Forgets items that may be outdated, or are not needed any more.
    pub(crate) fn forget<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) {
        let mut kept = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            kept.remove(key);
        }
    }
}
