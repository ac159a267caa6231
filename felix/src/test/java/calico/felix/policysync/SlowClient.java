package calico.felix.policysync;

import calico.policysync.ToDataplane;

/** A client that takes messages as long as there is room. */
final class SlowClient implements Subscription.Client {
  final ClientView view = new ClientView();
  int room;
  boolean ended;

  @Override
  public boolean isReady() {
    return room > 0;
  }

  @Override
  public void send(ToDataplane message) {
    room--;
    view.accept(message);
  }

  @Override
  public void end() {
    ended = true;
  }
}
