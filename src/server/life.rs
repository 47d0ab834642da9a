//! The end of the server: from a signal on, how long it still has.
//!
//! A thread of its own waits for the signal and watches the time, with a runtime of its own: however busy the threads of the
//! server are, it is told.

use std::{io, sync::mpsc, thread, time::Duration};
use tokio::{signal, sync::watch, time::sleep};

/// How long running requests may take after SIGTERM; the rest is cut off.
pub(super) const DRAIN: Duration = Duration::from_secs(10);

/// How long the statements of what was cut off may take to be cancelled.
const CANCEL: Duration = Duration::from_secs(2);

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    /// It takes requests.
    Serving,
    /// It takes no more, and ends those that are running.
    Draining,
    /// Those that are still running are cut off.
    Cut,
    /// Nothing is waited for any longer.
    Over,
}

/// Waits until it has come so far; for ever where nobody could say.
pub(super) async fn reached(mut life: watch::Receiver<Life>, wanted: Life) {
    if life.wait_for(|now| *now >= wanted).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Lets `life` go on at the first SIGTERM or SIGINT. Both are listened for when this returns.
pub(super) fn end_on_signal(life: watch::Sender<Life>) -> io::Result<()> {
    let (listening, listens) = mpsc::sync_channel(1);
    let watch = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let signals = runtime.and_then(|runtime| {
            let signal = runtime.block_on(async { stop_signal() })?;
            Ok((runtime, signal))
        });
        match signals {
            Ok((runtime, signal)) => {
                let _ = listening.send(Ok(()));
                runtime.block_on(end(life, signal));
            }
            Err(error) => drop(listening.send(Err(error))),
        }
    };
    thread::Builder::new().name("doorway-end".to_owned()).spawn(watch)?;
    listens.recv().unwrap_or(Err(io::ErrorKind::BrokenPipe.into()))
}

async fn end(life: watch::Sender<Life>, signal: impl Future<Output = ()>) {
    tokio::select! {
        () = signal => {}
        () = life.closed() => return,
    }
    for (now, time) in [(Life::Draining, DRAIN), (Life::Cut, CANCEL), (Life::Over, Duration::MAX)] {
        life.send_replace(now);
        tokio::select! {
            () = sleep(time) => {}
            () = life.closed() => return,
        }
    }
}

/// Ends at the first SIGTERM or SIGINT. Both are listened for from the moment of the call, so that one
/// sent right after the readiness line is not lost.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async { drop(signal::ctrl_c().await) })
}
