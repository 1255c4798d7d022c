using EdgeProxy.Configuration;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.FunctionalTests.Configuration;

/// <summary>Changes the files of a proxy on a manual clock, and sees what comes of it.</summary>
internal static class Reloading
{
    /// <summary>Which configuration is in use.</summary>
    public static ConfigurationState State(this ProxyHost proxy) => proxy.Services.GetRequiredService<ConfigurationState>();

    /// <summary>Writes a good file and lets the time pass that it needs; it must be taken over.</summary>
    public static void Reload(this ProxyHost proxy, ProxyConfig config)
    {
        var before = proxy.State().Generation;
        proxy.WriteConfig(config.ToString());

        // The poll and all that follows from it run on this thread.
        proxy.Clock.Advance(2 * LiveConfiguration.PollInterval);
        Assert.Null(proxy.State().LastRefusal);
        Assert.Equal(before + 1, proxy.State().Generation);
    }

    /// <summary>Writes a bad file and lets the time pass that it needs; it must be refused.</summary>
    public static void Refuse(this ProxyHost proxy, string text)
    {
        var (generation, failures) = (proxy.State().Generation, proxy.State().ReloadFailures);
        proxy.WriteConfig(text);
        proxy.Clock.Advance(LiveConfiguration.RefusalPatience + (2 * LiveConfiguration.PollInterval));
        Assert.NotNull(proxy.State().LastRefusal);
        Assert.Equal((generation, failures + 1), (proxy.State().Generation, proxy.State().ReloadFailures));
    }
}
