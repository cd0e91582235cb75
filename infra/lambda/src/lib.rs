//! What the bootstraps share.
