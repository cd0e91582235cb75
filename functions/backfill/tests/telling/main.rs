//! What the emergency contact and the vendor hear, from the trouble in a PSA to the mail or the request that tells it.

#![cfg(test)]

mod contact;
mod outgoing;
mod vendor;
mod wires;
