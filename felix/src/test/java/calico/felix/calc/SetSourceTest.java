package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.state.AddressSet;
import calico.model.selector.Selector;
import org.junit.jupiter.api.Test;

/** Identifiers as upstream computes them. */
class SetSourceTest {

  @Test
  void ofAService() {
    var withPorts = SetSource.Service.of("default/svc", true);
    assertEquals("svc:Jhwii46PCMT5NlhWsUqZmv7al8TeHFbNQMhoVg", withPorts.id().id());
    assertEquals(AddressSet.Type.IP_AND_PORT, withPorts.type());
    var withoutPorts = SetSource.Service.of("default/svc", false);
    assertEquals("svcnoport:T03S_6hogdrGKrNFBcbKTFsH_uKwDHEo8JddOg", withoutPorts.id().id());
    assertEquals(AddressSet.Type.NETS, withoutPorts.type());
  }

  @Test
  void ofANamedPort() {
    Selector all = Selector.parse("all()");
    assertEquals(
        "n:cl9_Kgeu4H0OGLbhovVR3NBLUOZscKeMK1Mu4A",
        SetSource.NamedPort.of(all, "http", 6).id().id());
    assertEquals(
        "n:74yEIvclD7QMT7xNM1hj8GbYy42TzM-A7Ksxnw",
        SetSource.NamedPort.of(all, "http", 17).id().id());
    assertEquals(
        "n:Vly3eGCl5dMANJYk7N4OT6ywRTDXzuypUIs1DQ",
        SetSource.NamedPort.of(all, "http", 132).id().id());
    assertEquals(
        "n:FvKMFOOSYvkZZJ0ch1bwT7bt3AAgySwlMLqMDA",
        SetSource.NamedPort.of(all, "http", SetSource.NamedPort.ANY_PROTOCOL).id().id());
  }

  @Test
  void ofASelector() {
    assertEquals(
        "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug",
        SetSource.Selected.of(Selector.parse("")).id().id());
  }
}
