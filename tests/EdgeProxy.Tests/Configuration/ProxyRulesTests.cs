namespace EdgeProxy.Tests.Configuration;

/// <summary>How routes, clusters and policies must fit together, and what YARP itself demands.</summary>
public sealed class ProxyRulesTests
{
    private const string Cluster = """ "Clusters": { "llm": { "Destinations": { "a": { "Address": "http://127.0.0.1:1/" } } } } """;

    [Theory]
    [InlineData(""" "ClusterId": "llm", "Metadata": { "StreamPolicy": "Chat" } """, "ReverseProxy:Routes:r:Metadata:StreamPolicy", "did you mean chat2?")]
    [InlineData(""" "ClusterId": "llm", "Metadata": { "StreamPolicy": "of" } """, "ReverseProxy:Routes:r:Metadata:StreamPolicy", "did you mean Off?")]
    [InlineData(""" "ClusterId": "llm", "Metadata": { "StreamPolicy": "" } """, "ReverseProxy:Routes:r:Metadata:StreamPolicy", "names no stream policy")]
    [InlineData(""" "ClusterId": "lml" """, "ReverseProxy:Routes:r:ClusterId", "did you mean llm?")]
    [InlineData(""" "Order": 1 """, "ReverseProxy:Routes:r:ClusterId", "is missing")]
    [InlineData(""" "ClusterId": "llm", "Timeout": "00:01:00" """, "ReverseProxy:Routes:r:Timeout", "00:01:00")]
    [InlineData(""" "ClusterId": "llm", "Timeout": "00:01:00", "Metadata": { "StreamPolicy": "chat2" } """, "ReverseProxy:Routes:r:Timeout", "00:01:00")]
    [InlineData(""" "ClusterId": "llm", "Order": "first" """, "ReverseProxy:Routes:r:Order", "'first'")]
    [InlineData(""" "ClusterId": "llm", "MaxRequestBodySize": "30MB" """, "ReverseProxy:Routes:r:MaxRequestBodySize", "'30MB'")]
    [InlineData(""" "ClusterId": "llm", "AuthorizationPolicy": "nobody" """, "ReverseProxy:Routes:r", "nobody")]
    public void RouteThatDoesNotFit_IsAnErrorAtItsPath(string members, string path, string expected)
    {
        var report = Judge.Check($$"""
            {
              "EdgeProxy": { "StreamPolicies": { "chat2": {} } },
              "ReverseProxy": { "Routes": { "r": { "Match": { "Path": "/" }, {{members}} } }, {{Cluster}} }
            }
            """);

        var error = Assert.Single(report.Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "Metadata": { "StreamPolicy": "off" }, "Timeout": "00:01:00" """)]
    [InlineData(""" "Metadata": { "StreamPolicy": "DEFAULT" } """)]
    [InlineData(""" "Metadata": { "team": "x" } """)]
    [InlineData(""" "TimeoutPolicy": "Disable" """)]
    [InlineData(""" "MaxRequestBodySize": -1 """)]
    public void RouteThatFits_HasNoErrors(string members)
    {
        var report = Judge.CheckProxy($$""" "Routes": { "r": { "ClusterId": "LLM", "Match": { "Path": "/" }, {{members}} } }, {{Cluster}} """);

        Assert.Empty(report.Errors);
        Assert.Empty(report.Warnings);
    }

    [Theory]
    [InlineData("", "ReverseProxy:Clusters:c:Destinations", "holds no destination")]
    [InlineData(""" "Destinations": {} """, "ReverseProxy:Clusters:c:Destinations", "holds no destination")]
    [InlineData(""" "Destinations": { "a": { "Address": "localhost:8000" } } """, "ReverseProxy:Clusters:c:Destinations:a:Address", "'localhost:8000'")]
    [InlineData(""" "Destinations": { "a": { "Address": "ftp://host/" } } """, "ReverseProxy:Clusters:c:Destinations:a:Address", "'ftp://host/'")]
    [InlineData(""" "Destinations": { "a": { "Address": "http://a/", "Health": "a" } } """, "ReverseProxy:Clusters:c:Destinations:a:Health", "'a'")]
    [InlineData(""" "Destinations": { "a": {} } """, "ReverseProxy:Clusters:c", "No address found")]
    [InlineData(""" "Destinations": { "a": { "Address": "http://a/" } }, "LoadBalancingPolicy": "Best" """, "ReverseProxy:Clusters:c", "Best")]
    [InlineData(""" "Destinations": { "a": { "Address": "http://a/" } }, "HealthCheck": { "Passive": { "Enabled": true, "Policy": "Unheard" } } """, "ReverseProxy:Clusters:c", "Unheard")]
    [InlineData(""" "Destinations": { "a": { "Address": "http://a/" } }, "SessionAffinity": { "Enabled": true } """, "ReverseProxy:Clusters:c", "Affinity key name")]
    [InlineData(""" "Destinations": { "a": { "Address": "http://a/" } }, "HttpRequest": { "ActivityTimeout": "100" } """, "ReverseProxy:Clusters:c:HttpRequest:ActivityTimeout", "'100'")]
    [InlineData(""" "Destinations": { "a": { "Address": "http://a/" } }, "HttpRequest": { "Version": "4" } """, "ReverseProxy:Clusters:c", "4.0")]
    [InlineData(""" "Destinations": { "a": { "Address": "http://a/" } }, "HttpClient": { "SslProtocols": [ "Tls12", "Tls15" ] } """, "ReverseProxy:Clusters:c:HttpClient:SslProtocols:1", "'Tls15'")]
    public void ClusterThatDoesNotFit_IsAnErrorAtItsPath(string members, string path, string expected)
    {
        var report = Judge.CheckProxy($$""" "Clusters": { "c": { {{members}} } } """);

        var error = Assert.Single(report.Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EverythingThatYarpCanBeTold_IsUnderstood()
    {
        var report = Judge.Check("""
            {
              "ReverseProxy": {
                "Routes": {
                  "r": {
                    "ClusterId": "c", "Order": 5, "MaxRequestBodySize": 1000, "AuthorizationPolicy": "anonymous", "CorsPolicy": "disable", "RateLimiterPolicy": "disable",
                    "Match": {
                      "Path": "/{**rest}", "Hosts": [ "a.example" ], "Methods": [ "GET", "POST" ],
                      "Headers": [ { "Name": "x", "Values": [ "1" ], "Mode": "Contains", "IsCaseSensitive": true } ],
                      "QueryParameters": [ { "Name": "q", "Mode": "Exists" } ]
                    },
                    "Transforms": [ { "RequestHeader": "a", "Set": "b" }, { "X-Forwarded": "Off" } ],
                    "Metadata": { "StreamPolicy": "Default" }
                  }
                },
                "Clusters": {
                  "c": {
                    "LoadBalancingPolicy": "LeastRequests",
                    "SessionAffinity": {
                      "Enabled": true, "Policy": "HashCookie", "FailurePolicy": "Redistribute", "AffinityKeyName": "k",
                      "Cookie": { "Path": "/", "Domain": "x", "HttpOnly": true, "SameSite": "Lax", "SecurePolicy": "Always", "IsEssential": true, "MaxAge": "01:00:00", "Expiration": "02:00:00" }
                    },
                    "HealthCheck": {
                      "AvailableDestinationsPolicy": "HealthyOrPanic",
                      "Active": { "Enabled": true, "Interval": "00:00:10", "Timeout": "00:00:10", "Policy": "ConsecutiveFailures", "Path": "/health" },
                      "Passive": { "Enabled": true, "Policy": "TransportFailureRate", "ReactivationPeriod": "00:00:10" }
                    },
                    "HttpClient": {
                      "SslProtocols": [ "Tls12", "Tls13" ], "DangerousAcceptAnyServerCertificate": false, "MaxConnectionsPerServer": 10, "EnableMultipleHttp2Connections": true,
                      "RequestHeaderEncoding": "utf-8", "ResponseHeaderEncoding": "utf-8",
                      "WebProxy": { "Address": "http://proxy:3128", "BypassOnLocal": true, "UseDefaultCredentials": false }
                    },
                    "HttpRequest": { "ActivityTimeout": "00:02:00", "Version": "2", "VersionPolicy": "RequestVersionExact", "AllowResponseBuffering": false },
                    "Destinations": { "d": { "Address": "https://host/", "Health": "https://host/health", "Host": "h", "Metadata": { "a": "b" } } },
                    "Metadata": { "a": "b" }
                  }
                }
              }
            }
            """);

        Assert.Empty(report.Errors);
        Assert.Empty(report.Warnings);
        Assert.Equal((1, 1, 1), (report.Routes, report.Clusters, report.Policies));
    }

    [Theory]
    [InlineData(""" "Path": "/{id:number}" """, "Match:Path", "number")]
    [InlineData(""" "Hosts": [ "https://a.example" ] """, "Match:Hosts", "'https://a.example'")]
    [InlineData(""" "Hosts": [ "a.example:http" ] """, "Match:Hosts", "'a.example:http'")]
    [InlineData(""" "Path": "/other", "Methods": [ null ] """, "", "")]
    [InlineData(""" "Path": "/TAKEN/{**rest}" """, "Match", "route 'first'")]
    public void MatchThatWouldFailWhenARequestComes_IsAnErrorNow(string match, string key, string expected)
    {
        var report = Judge.CheckProxy($$"""
            "Routes": {
              "first": { "ClusterId": "llm", "Match": { "Path": "/taken/{**rest}" } },
              "second": { "ClusterId": "llm", "Match": { {{match}} } }
            }, {{Cluster}}
            """);

        var error = Assert.Single(report.Errors);
        Assert.Equal($"ReverseProxy:Routes:second:{key}".TrimEnd(':'), error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "Match": { "Path": "/{id:int}/{name:regex(^a$)}/{rest?}" } """)]
    [InlineData(""" "Match": { "Hosts": [ "*", "*.example", "a.example:8080", "b.example:*" ] } """)]
    [InlineData(""" "Match": { "Path": "/taken/{**rest}" }, "Order": 1 """)]
    [InlineData(""" "Match": { "Path": "/taken/{**rest}", "Methods": [ "GET" ] } """)]
    [InlineData(""" "Match": { "Path": "/taken/{**rest}", "Headers": [ { "Name": "a", "Values": [ "b" ] } ] } """)]
    public void MatchThatDiffers_HasNoErrors(string members)
    {
        var report = Judge.CheckProxy($$"""
            "Routes": {
              "first": { "ClusterId": "llm", "Match": { "Path": "/taken/{**rest}" } },
              "second": { "ClusterId": "llm", {{members}} }
            }, {{Cluster}}
            """);

        Assert.Empty(report.Errors);
    }

    [Theory]
    [InlineData("{ \"EdgeProxy\": 1 }", "EdgeProxy")]
    [InlineData("{ \"ReverseProxy\": \"x\" }", "ReverseProxy")]
    [InlineData("{ \"ReverseProxy\": { \"Routes\": \"x\" } }", "ReverseProxy:Routes")]
    [InlineData("{ \"EdgeProxy\": { \"StreamPolicies\": \"x\" } }", "EdgeProxy:StreamPolicies")]
    public void SectionThatIsAValue_IsAnError(string json, string path) => Assert.Equal(path, Assert.Single(Judge.Check(json).Errors).Path);

    [Fact]
    public void PolicyCalledOff_CannotBeDefined()
    {
        var error = Assert.Single(Judge.CheckSetting("EdgeProxy:StreamPolicies:OFF:Detect", "Never").Errors);

        Assert.Equal("EdgeProxy:StreamPolicies:OFF", error.Path);
    }

    [Fact]
    public void NoRoutes_IsAWarning()
    {
        var report = Judge.Check("{}");

        Assert.Empty(report.Errors);
        Assert.Equal("ReverseProxy:Routes", Assert.Single(report.Warnings).Path);
    }

    [Fact]
    public void MetadataKeyThatIsAlmostStreamPolicy_IsAWarning()
    {
        var report = Judge.CheckSetting("ReverseProxy:Routes:r:Metadata:StreamPolcy", "chat");

        Assert.Empty(report.Errors);
        Assert.Contains("did you mean StreamPolicy?", Assert.Single(report.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllErrors_AreReportedAtOnce_EachOnALineOfItsOwn()
    {
        var report = Judge.Check("""
            {
              "EdgeProxy": {
                "Drane": { },
                "StreamPolicies": {
                  "a": { "KeepAlive": { "Interval": "00:00:00.050" } },
                  "b": { "Primr": { }, "Detect": "Sometimes" }
                }
              },
              "ReverseProxy": {
                "Routes": {
                  "one": { "ClusterId": "nowhere", "Match": { "Path": "/{" }, "Metadata": { "StreamPolicy": "c" } },
                  "two": { "ClusterId": "k", "Match": { } , "Oder": 1 }
                },
                "Clusters": { "k": { "Destinations": { "d": { "Address": "x" } }, "LoadBalancingPolicy": "Best" } }
              },
              "Logging": { "LogLevel": { "Default": "Loud" }, "Console": { "LogLevel": { "Yarp": "Quiet" } } },
              "Kestrel": { "Endpoints": { "a": { "Url": "nonsense" } } },
              "urls": "nonsense"
            }
            """);

        Assert.Equal(
            [
                "EdgeProxy:Drane",
                "EdgeProxy:StreamPolicies:a:KeepAlive:Interval",
                "EdgeProxy:StreamPolicies:b:Detect",
                "EdgeProxy:StreamPolicies:b:Primr",
                "Kestrel",
                "Logging:Console:LogLevel:Yarp",
                "Logging:LogLevel:Default",
                "ReverseProxy:Clusters:k",
                "ReverseProxy:Clusters:k:Destinations:d:Address",
                "ReverseProxy:Routes:one",
                "ReverseProxy:Routes:one:ClusterId",
                "ReverseProxy:Routes:one:Metadata:StreamPolicy",
                "ReverseProxy:Routes:two:Oder",
                "urls",
            ],
            report.Errors.Select(error => error.Path).Order(StringComparer.Ordinal));
        Assert.All(report.Errors, error => Assert.DoesNotContain('\n', error.ToString()));
        Assert.Equal(
            "EdgeProxy:StreamPolicies:a:KeepAlive:Interval: is 00:00:00.050, which is out of bounds; allowed: a duration from 00:00:00.100 to 01:00:00, written [d.]hh:mm:ss[.fff]",
            report.Errors.Single(error => error.Path.EndsWith("Interval", StringComparison.Ordinal)).ToString());
    }
}
