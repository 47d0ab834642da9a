use super::*;
use futures_util::poll;
use std::task::Poll;

/// So many connections, all of them idle, and as many more as may be about to leave.
async fn full(most: usize) -> (Arc<Connections>, Vec<Place>) {
    let connections = Connections::new(most);
    let mut places = Vec::new();
    for _ in 0..most + leaving(most) {
        places.push(connections.admit().await.unwrap());
    }
    (connections, places)
}

#[tokio::test]
async fn a_new_connection_waits_for_one_that_is_about_to_leave() {
    let (connections, mut places) = full(16).await;
    assert_eq!(places[0].connection().end(), End::WhenIdle, "the oldest has to go");
    let mut waits = Box::pin(connections.admit());
    assert!(poll!(&mut waits).is_pending());
    drop(places.remove(0));
    let Poll::Ready(admitted) = poll!(&mut waits) else { panic!("one has left") };
    assert!(admitted.is_some());
}

#[tokio::test]
async fn nobody_waits_for_connections_that_do_not_leave() {
    let (connections, places) = full(16).await;
    assert!(connections.admit().await.is_none());
    assert!(connections.lock().none_left.is_some());
    // Its second does not pass.
    connections.lock().none_left = Some(Instant::now() + Duration::from_secs(3600));
    let mut soon = Box::pin(connections.admit());
    assert!(matches!(poll!(&mut soon), Poll::Ready(None)), "the next one need not wait");
    drop(places);
    assert!(connections.admit().await.is_some());
}

#[tokio::test]
async fn nobody_waits_for_busy_connections() {
    let connections = Connections::new(1);
    let place = connections.admit().await.unwrap();
    let busy = Busy::new(place.connection());
    let mut soon = Box::pin(connections.admit());
    assert!(matches!(poll!(&mut soon), Poll::Ready(None)));
    drop(busy);
}
