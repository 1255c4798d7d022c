using EdgeProxy.AcceptanceTests.Cdn;
using EdgeProxy.AcceptanceTests.Provider;

// These tests wait far more than they compute: more of them run at once than there are cores.
[assembly: CollectionBehavior(MaxParallelThreads = 8)]
[assembly: AssemblyFixture(typeof(EdgeFixture))]
[assembly: AssemblyFixture(typeof(CdnFixture))]
