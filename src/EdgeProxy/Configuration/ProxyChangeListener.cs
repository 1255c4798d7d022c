using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>Hears from YARP what became of a configuration; its refusal of one that the validator let pass would else be seen by nobody.</summary>
internal sealed partial class ProxyChangeListener(ConfigurationState state, TimeProvider time, ILogger<ProxyChangeListener> logger) : IConfigChangeListener
{
    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => state.Applied();

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) => Refuse(exception);

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => Refuse(exception);

    private void Refuse(Exception exception)
    {
        var reasons = exception is AggregateException all ? all.InnerExceptions : (IReadOnlyList<Exception>)[exception];
        var refusal = new ConfigurationRefusal(time.GetUtcNow(), [.. reasons.Select(reason => new ConfigurationProblem(ProxyConfiguration.Section, reason.Message))]);
        state.Refused(refusal);
        Refused(refusal);
    }

    [LoggerMessage(1, LogLevel.Error, "Routes and clusters refused, the last good ones stay in use: {Reasons}", EventName = "ProxyConfigurationRefused")]
    private partial void Refused(ConfigurationRefusal reasons);
}
