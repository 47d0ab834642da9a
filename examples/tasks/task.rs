use async_graphql::SimpleObject;
use diesel::prelude::*;
use doorway::db::{Guid, Id};
use doorway::{entity, mutations, queries, relationships};

diesel::table! {
    use super::Guid;
    use diesel::sql_types::{Bool, Nullable, Text};

    tasks (id) {
        id -> Guid,
        title -> Text,
        is_done -> Bool,
        parent_id -> Nullable<Guid>,
    }
}

/// What is to be done.
#[derive(Debug, Clone, Queryable, Insertable, Identifiable, SimpleObject)]
#[diesel(table_name = tasks)]
pub struct Task {
    /// The primary key.
    pub id: Id,
    /// What it is called.
    pub title: String,
    /// Whether it is done.
    pub is_done: bool,
    /// The id of the task that it is a part of, or null.
    pub parent_id: Option<Id>,
}

entity! { Task: tasks, order [asc title], text [title 1..=100], default [is_done false] }

relationships! { Task {
    belongs_to {
        /// The task that it is a part of, or null.
        parent: Task by parent_id, back_populates subtasks, on delete cascade;
    }
    has_many {
        /// Its parts, by title.
        subtasks, subtasks_connection: Task, back_populates parent;
    }
} }

queries! { TaskQuery for Task {
    /// Finds a task by id.
    task by id;
    /// All tasks, by title.
    tasks, tasks_connection;
} }

mutations! { TaskMutation for Task, many "tasks" {
    create { create_task, create_tasks; }
    update { update_task, update_tasks; }
    delete { delete_task, delete_tasks; }
} }
