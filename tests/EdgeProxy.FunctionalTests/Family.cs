using System.Text.Json;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests;

/// <summary>One API family as its clients and backends know it: the contract's table, in literal bytes.</summary>
internal sealed record Family(string Name, string Path, string Event, string Terminal)
{
    public const string Done = "data: [DONE]\n\n";

    public static readonly Family Chat = new(
        "OpenAIChat",
        "/v1/chat/completions",
        """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}""" + "\n\n",
        """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n");

    public static readonly Family Generic = new("Generic", "/v2/anything", "event: output\ndata: Hello\n\n", "");

    public static readonly Family Responses = new(
        "OpenAIResponses",
        "/v1/responses",
        "event: response.output_text.delta\n" + """data: {"type":"response.output_text.delta","sequence_number":4,"delta":"Hello"}""" + "\n\n",
        "event: response.completed\n" + """data: {"type":"response.completed","sequence_number":5,"response":{"id":"r","status":"completed"}}""" + "\n\n");

    public static readonly Family Images = new(
        "OpenAIImages",
        "/v1/images/generations",
        "event: image_generation.partial_image\n" + """data: {"type":"image_generation.partial_image","partial_image_index":0,"b64_json":"AAAA"}""" + "\n\n",
        "event: image_generation.completed\n" + """data: {"type":"image_generation.completed","b64_json":"AAAA"}""" + "\n\n");

    public static readonly Family Anthropic = new(
        "AnthropicMessages",
        "/v1/messages",
        "event: content_block_delta\n" + """data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}""" + "\n\n",
        "event: message_stop\n" + """data: {"type":"message_stop"}""" + "\n\n");

    public static readonly Family Gemini = new(
        "Gemini",
        "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        """data: {"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"index":0}]}""" + "\r\n\r\n",
        """data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}]}""" + "\r\n\r\n");

    public static readonly IReadOnlyList<Family> All = [Chat, Generic, Responses, Images, Anthropic, Gemini];

    /// <summary>The first bytes of a committed stream.</summary>
    public string Primer => this == Gemini ? "\r\n\r\n" : ": edgeproxy\n\n";

    /// <summary>What breaks a silence.</summary>
    public string KeepAlive => Name switch
    {
        "AnthropicMessages" => "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        "Gemini" => "\r\n\r\n",
        _ => ": keep-alive\n\n",
    };

    /// <summary>What follows an error frame.</summary>
    public string AfterError => this == Gemini ? "" : Done;

    public static Family Named(string name) => All.Single(family => family.Name == name);

    /// <summary>All by name, for a theory.</summary>
    public static TheoryData<string> Names() => [.. All.Select(static family => family.Name)];

    /// <summary>A whole good answer as this family's backends send it.</summary>
    public string Answer => Event + Terminal + (this == Chat ? Done : "");

    /// <summary>
    /// Checks that the bytes are one error frame of this family and what must follow it, and nothing else.
    /// </summary>
    public ErrorFields AssertFailure(string bytes, string code, int status, string source = "upstream")
    {
        Assert.EndsWith(AfterError, bytes, StringComparison.Ordinal);
        var frame = bytes[..(bytes.Length - AfterError.Length)];
        var expectedEvent = this == Gemini ? "message" : "error";
        var only = Assert.Single(Sse.Parse(frame));
        Assert.Equal(expectedEvent, only.Type);
        Assert.DoesNotContain('\n', only.Data);
        Assert.Equal(this == Gemini ? $"data: {only.Data}" : $"event: error\ndata: {only.Data}", frame.TrimEnd('\r', '\n'));
        return ErrorFields.AssertFrame(this, only.Data, code, status, source);
    }

    public override string ToString() => Name;
}

/// <summary>What a client can read of an error, wherever its family keeps it.</summary>
internal sealed record ErrorFields(string Message, string? Type, string? Code, string? RequestId, JsonElement Error)
{
    /// <summary>Checks an error frame's data.</summary>
    public static ErrorFields AssertFrame(Family family, string data, string code, int status, string source)
    {
        var fields = AssertBody(family, data, code, status, source);
        if (family == Family.Responses || family == Family.Images)
        {
            var root = JsonDocument.Parse(data).RootElement;
            Assert.Equal("error", root.GetProperty("type").GetString());
            Assert.Equal(code, root.GetProperty("code").GetString());
            Assert.Equal(fields.Message, root.GetProperty("message").GetString());
            Assert.Equal(JsonValueKind.Null, root.GetProperty("param").ValueKind);
            Assert.Equal(JsonValueKind.Number, root.GetProperty("sequence_number").ValueKind);
        }

        return fields;
    }

    /// <summary>Checks an error body, or the part of a frame's data that is the same as one.</summary>
    public static ErrorFields AssertBody(Family family, string json, string code, int status, string source)
    {
        var root = JsonDocument.Parse(json).RootElement;
        var error = root.GetProperty("error");
        var message = error.GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        if (family == Family.Gemini)
        {
            Assert.StartsWith("{\"error\":", json, StringComparison.Ordinal);
            Assert.Equal(status, error.GetProperty("code").GetInt32());
            Assert.NotEmpty(error.GetProperty("status").GetString()!);
            var info = error.GetProperty("details")[0];
            Assert.Equal("type.googleapis.com/google.rpc.ErrorInfo", info.GetProperty("@type").GetString());
            Assert.Equal((code, "edgeproxy"), (info.GetProperty("reason").GetString(), info.GetProperty("domain").GetString()));
            return new ErrorFields(message, null, code, null, error);
        }

        var type = error.GetProperty("type").GetString();
        Assert.NotEmpty(type!);
        if (family == Family.Anthropic)
        {
            Assert.Equal("error", root.GetProperty("type").GetString());
            Assert.NotEmpty(root.GetProperty("request_id").GetString()!);
        }

        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.True(error.GetProperty("param").ValueKind is JsonValueKind.Null or JsonValueKind.String);
        Assert.Equal(status, error.GetProperty("status").GetInt32());
        Assert.Equal(source, error.GetProperty("source").GetString());
        Assert.NotEmpty(error.GetProperty("request_id").GetString()!);
        return new ErrorFields(message, type, code, error.GetProperty("request_id").GetString(), error);
    }
}
