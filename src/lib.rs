//! map
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod entities;
pub mod error;
pub mod import;
pub mod relation;
pub mod seed;
pub mod server;
