//! How many files the process may open, and so how many connections.

use super::connections::files;

/// The most connections, where no setting says otherwise and the system allows it.
pub(super) const CONNECTIONS: usize = 10_000;

/// Files that are needed beside those of connections and of the database: the runtime's, the logs, and connections that are refused.
const OTHERS: usize = 96;

/// Raises the limit on open files as far as the system allows, and returns it. `None` where there is none.
pub fn raise_file_limit() -> Option<usize> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        // macOS calls its limit unlimited, and refuses it.
        for wanted in [maximum, Some(10_240)] {
            let is_more = match (wanted, current) {
                (Some(wanted), Some(current)) => wanted > current,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if is_more && setrlimit(Resource::Nofile, Rlimit { current: wanted, maximum }).is_ok() {
                break;
            }
        }
        let limit = getrlimit(Resource::Nofile).current?;
        Some(usize::try_from(limit).unwrap_or(usize::MAX))
    }
    #[cfg(not(unix))]
    None
}

/// How many connections there may be: as many as are `asked` for, or three quarters of the files up to a number that is sane, and
/// never more than leave the `database` its files.
pub fn max_connections(asked: Option<usize>, file_limit: Option<usize>, database: usize) -> usize {
    let Some(limit) = file_limit else { return asked.unwrap_or(CONNECTIONS) };
    let wanted = asked.unwrap_or_else(|| CONNECTIONS.min(limit / 4 * 3));
    let left = limit.saturating_sub(OTHERS + database);
    let fits = |most: &usize| files(*most) <= left;
    let most = if fits(&wanted) { wanted } else { left.saturating_sub(files(0)) / 17 * 16 };
    most.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_others() {
        assert_eq!(max_connections(None, None, 16), 10_000);
        assert_eq!(max_connections(Some(70_000), None, 16), 70_000);
        assert_eq!(max_connections(None, Some(1 << 20), 16), 10_000);
        assert_eq!(max_connections(None, Some(8192), 16), 6144);
        assert_eq!(max_connections(None, Some(1024), 16), 768);
        assert_eq!(max_connections(Some(50), Some(1024), 16), 50);
        for (limit, database) in [(1024, 16), (1024, 400), (256, 16), (20_000, 1000)] {
            let most = max_connections(Some(usize::MAX / 32), Some(limit), database);
            assert!(most >= 1 && (most == 1 || files(most) + OTHERS + database <= limit), "{limit}: {most}");
        }
        assert_eq!(max_connections(None, Some(64), 16), 1);
    }
}
