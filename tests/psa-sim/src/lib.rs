//! Simulators of PSAs, as strict as the real ones, with faults on demand.
