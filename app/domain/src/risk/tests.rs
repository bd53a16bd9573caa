//! What is judged how.
