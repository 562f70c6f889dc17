//! Something found out once and kept: reading it takes no lock, and whoever finds it out meanwhile may set it too.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// What may be kept. A clone keeps the same.
pub(super) struct Memo<T>(ArcSwapOption<T>);

impl<T> Memo<T> {
    pub fn get(&self) -> Option<Arc<T>> {
        self.0.load_full()
    }

    /// Keeps a value, and returns what was kept before.
    pub fn set(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        self.0.swap(value)
    }
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(ArcSwapOption::empty())
    }
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        Self(ArcSwapOption::new(self.get()))
    }
}
