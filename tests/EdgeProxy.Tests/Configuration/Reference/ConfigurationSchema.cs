using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeProxy.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>
/// The JSON schema of a configuration file, by the types and attributes that the reader and the validator go by. It is
/// draft 7, the newest that editors know whole. A file may be one of several that are laid over each other, so it asks for
/// no key that another file could give. Keys are taken as they are written in the source, words in any case.
/// </summary>
internal sealed class ConfigurationSchema
{
    private const string PolicyDefinition = "StreamPolicy";
    private const string TextDefinition = "Text";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly YarpWords _yarp = new();
    private readonly NullabilityInfoContext _nullability = new();

    /// <summary>The schema file's text.</summary>
    public override string ToString() => Root().ToJsonString(Indented) + "\n";

    private JsonObject Root()
    {
        var properties = new JsonObject();
        foreach (var key in ConfigurationValidator.TopLevelKeys)
        {
            properties[key] = TopLevel(key);
        }

        return new()
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "EdgeProxy configuration",
            ["description"] = "A configuration file of EdgeProxy: a whole configuration, or a part that other files complete. Generated from the source.",
            ["type"] = "object",
            ["allowComments"] = true,
            ["allowTrailingCommas"] = true,
            ["properties"] = properties,
            ["definitions"] = new JsonObject
            {
                [PolicyDefinition] = Section(typeof(StreamPolicyOptions), DocComments.Of(typeof(StreamPolicyOptions))),

                // Under a name of one's own, and in transforms, a number or a flag becomes text.
                [TextDefinition] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") },
            },
        };
    }

    private JsonObject TopLevel(string key) => key switch
    {
        EdgeProxyOptions.Section => Section(typeof(EdgeProxyOptions), DocComments.Of(typeof(EdgeProxyOptions))),
        ProxyConfiguration.Section => Proxy(),
        "Kestrel" => FrameworkSchema.Server(),
        "Logging" => FrameworkSchema.Logging(),
        "urls" => SchemaValues.Described(new() { ["type"] = "string" }, "Where to listen: addresses such as http://*:8080, separated by semicolons. Default: http://localhost:8080. Read at start."),
        "http_ports" => SchemaValues.Described(new() { ["type"] = new JsonArray("string", "integer") }, "Ports to listen on with HTTP on all addresses, separated by semicolons. Read at start."),
        "https_ports" => SchemaValues.Described(new() { ["type"] = new JsonArray("string", "integer") }, "Ports to listen on with HTTPS on all addresses, separated by semicolons. Read at start."),
        "$schema" => SchemaValues.Described(new() { ["type"] = "string" }, "Where an editor finds this schema. EdgeProxy does not read it."),
        _ => [],
    };

    private JsonObject Section(Type type, string? description)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var key in OptionKey.Of(type))
        {
            properties[key.Name] = Key(key);
            if (key.IsRequired)
            {
                required.Add(key.Name);
            }
        }

        var schema = SchemaValues.Described(new() { ["type"] = "object" }, description);
        schema["properties"] = properties;
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        schema["additionalProperties"] = false;
        return schema;
    }

    private JsonObject Key(OptionKey key)
    {
        var description = $"{DocComments.Of(key.Property)} {YarpWords.NoteOn(key)} {(key.IsEffective ? "" : "It has no effect in this version.")}".TrimEnd();
        if (key.IsSection)
        {
            return Section(key.Type, description);
        }

        var schema = SchemaValues.Described(Value(key), description);
        var isDefaultKnown = key.Property.DeclaringType!.Namespace == typeof(EdgeProxyOptions).Namespace && !key.IsDictionary && !key.IsRequired;
        if (isDefaultKnown || (key.Default is not null && key.Type.IsEnum))
        {
            schema["default"] = SchemaValues.Json(key.Default, key.WordForNull);
        }

        return schema;
    }

    private JsonObject Value(OptionKey key)
    {
        if (key.IsDictionary)
        {
            return Names(key);
        }

        if (key.Element is { } element)
        {
            return List(Entry(element, key));
        }

        var schema = Scalar(key);
        return _nullability.Create(key.Property).WriteState == NullabilityState.Nullable ? SchemaValues.OrNull(schema) : schema;
    }

    private JsonObject Scalar(OptionKey key)
    {
        if (YarpWords.IsUrl(key))
        {
            return SchemaValues.Url;
        }

        if (_yarp.NamesFor(key) is { } names)
        {
            return SchemaValues.Choice(names.Select(name => (name, (string?)null)));
        }

        if (!key.Type.IsEnum)
        {
            return SchemaValues.Of(key.Type, key.Property.GetCustomAttribute<BoundsAttribute>());
        }

        // An obsolete word is taken but not offered.
        var words = key.Choices.ToLookup(word => key.Type.GetField(word.Word)?.IsDefined(typeof(ObsoleteAttribute)) ?? false);
        var choice = SchemaValues.Choice(words[false], words[true].Select(word => word.Word));
        return key.Type.IsDefined(typeof(FlagsAttribute)) ? List(choice) : choice;
    }

    private JsonObject Names(OptionKey key)
    {
        var element = key.Element!;
        if (element == typeof(StreamPolicyOptions))
        {
            // Off is built in and cannot be defined.
            return new()
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { [PolicyNames.Default] = Reference(PolicyDefinition) },
                ["patternProperties"] = new JsonObject { [$"^{SchemaValues.AnyCase(PolicyNames.Off)}$"] = false },
                ["additionalProperties"] = Reference(PolicyDefinition),
            };
        }

        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = Entry(element, key) };
        if (key.Property.DeclaringType == typeof(RouteConfig))
        {
            schema["properties"] = new JsonObject
            {
                [PolicyNames.MetadataKey] = SchemaValues.Described(
                    new() { ["type"] = "string" },
                    "The stream policy of the route: a name from EdgeProxy:StreamPolicies, Default, or Off for plain YARP. Default: Default."),
            };
        }

        return schema;
    }

    private JsonObject Entry(Type element, OptionKey list)
    {
        if (element == typeof(IReadOnlyDictionary<string, string>))
        {
            return Transform();
        }

        if (element == typeof(string) && list.IsDictionary)
        {
            return Reference(TextDefinition);
        }

        return ScalarValue.IsScalar(element)
            ? SchemaValues.Of(element, list.Property.GetCustomAttribute<BoundsAttribute>())
            : Section(element, DocComments.Of(element));
    }

    private JsonObject Transform() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(_yarp.TransformKeys.Select(key => KeyValuePair.Create(key, (JsonNode?)Reference(TextDefinition)))),
        ["additionalProperties"] = false,
    };

    private JsonObject Proxy()
    {
        return SchemaValues.Described(
            new()
            {
                ["type"] = "object",
                ["properties"] = new JsonObject
                {
                    ["Routes"] = Entries(typeof(RouteConfig), "The routes, each under a name of its own."),
                    ["Clusters"] = Entries(typeof(ClusterConfig), "The clusters, each under a name of its own."),
                },
                ["additionalProperties"] = false,
            },
            "YARP's own section: routes and clusters. It reloads.");

        JsonObject Entries(Type type, string description) => SchemaValues.Described(
            new() { ["type"] = "object", ["additionalProperties"] = Section(type, DocComments.Of(type)) }, description);
    }

    private static JsonObject Reference(string definition) => new() { ["$ref"] = $"#/definitions/{definition}" };

    private static JsonObject List(JsonObject entries) => new() { ["type"] = "array", ["items"] = entries };
}
