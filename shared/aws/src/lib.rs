//! The ports of the domain on AWS.
