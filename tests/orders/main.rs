//! Orders: the workflow of workflow.md section 4 against a real database.

mod doors;
mod forms;
mod guards;
mod phases;
mod races;
