mod faults;
mod rights;
mod suite;
mod support;
