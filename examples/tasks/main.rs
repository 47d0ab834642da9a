//! Tasks, and what they are made of.

mod task;

use doorway::{app::App, cli, history, registry};

registry! {
    entities { task: Task, tasks, TaskQuery, TaskMutation; }
    links {}
    changed {
        /// An event for each task that a mutation creates, updates or deletes.
        task_changed: Task as TaskEvent, "A change to a task.", "The task as it is now, or null.", by {
            parent_id "Only subtasks of this task.";
        }
    }
}

/// The application.
pub fn app() -> App {
    app_with(history!("examples/tasks/migrations/sqlite", "examples/tasks/migrations/postgres"))
}

fn main() -> std::process::ExitCode {
    cli::main::<cli::NoCommands>(&app())
}
