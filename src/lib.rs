//! map
pub mod db;
pub mod entities;
pub mod error;
pub mod relation;
