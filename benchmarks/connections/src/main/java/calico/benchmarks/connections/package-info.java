/** What a new connection costs, by the number of policies. */
package calico.benchmarks.connections;
