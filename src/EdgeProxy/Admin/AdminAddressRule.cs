using EdgeProxy.Configuration;

namespace EdgeProxy.Admin;

/// <summary>The admin listener's address is scheme, host and port: a path, a user or a query would be ignored in silence.</summary>
internal sealed class AdminAddressRule : IConfigurationRule
{
    /// <inheritdoc/>
    public void Check(IConfiguration configuration, ProblemList problems)
    {
        if (configuration[AdminAddress.Key] is { } text && ScalarValue.IsHttpUrl(text)
            && new Uri(text) is not { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" })
        {
            problems.Error(AdminAddress.Key, $"is '{text}', which has more than scheme, host and port", "an absolute http or https URL without a path, such as http://127.0.0.1:9901");
        }
    }
}
