using System.Text;
using System.Text.Json;

namespace EdgeProxy.Bench.Soak;

/// <summary>Reads one event stream and knows whether it was a whole answer, or a failure that says so.</summary>
internal sealed class AnswerCheck(SoakScript script)
{
    private readonly MemoryStream _line = new();
    private string? _event;
    private bool _inEvent;
    private int _events;
    private int _done;
    private bool _isTerminated;
    private string? _error;

    /// <summary>How many keep-alives and primers came.</summary>
    public int Comments { get; private set; }

    /// <summary>How many events of the answer came.</summary>
    public int Events => _events;

    /// <summary>The first thing that was wrong; null if nothing was.</summary>
    public string? Violation { get; private set; }

    /// <summary>Takes what was read.</summary>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (_line.Length == 0)
            {
                Line(bytes[..end]);
            }
            else
            {
                _line.Write(bytes[..end]);
                Line(_line.GetBuffer().AsSpan(0, (int)_line.Length));
                _line.SetLength(0);
            }

            bytes = bytes[(end + 1)..];
        }

        _line.Write(bytes);
    }

    /// <summary>The stream has ended as HTTP wants it.</summary>
    /// <returns>What became of it, in a word.</returns>
    public string End()
    {
        if (_line.Length > 0 || _inEvent)
        {
            Note("ended inside an event");
        }

        if (_error is not null)
        {
            if (_done != 1)
            {
                Note($"an error frame and {_done} [DONE]");
            }

            if (script.MustBeWhole)
            {
                Note($"error frame {_error} for a good backend");
            }

            return "frame " + _error;
        }

        if (_events != script.Events || !(_isTerminated || script.Dialect.TerminalData is null))
        {
            Note($"looks whole, but has {_events} of {script.Events} events, terminal: {_isTerminated}");
        }
        else if (script.CannotBeWhole)
        {
            Note("whole, which the backend never sent");
        }

        return "whole";
    }

    /// <summary>Notes a violation; the first counts.</summary>
    public void Note(string violation) => Violation ??= violation;

    private void Line(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            (_inEvent, _event) = (false, null);
        }
        else if (line[0] == (byte)':')
        {
            Comments++;
            if (_inEvent)
            {
                Note("a comment inside an event");
            }
        }
        else
        {
            _inEvent = true;
            if (line.StartsWith("event: "u8))
            {
                _event = Encoding.UTF8.GetString(line[7..]);
            }
            else if (line.StartsWith("data: "u8))
            {
                Data(line[6..]);
            }
            else
            {
                Note("a line that nobody sent");
            }
        }
    }

    private void Data(ReadOnlySpan<byte> data)
    {
        if (_event == "ping")
        {
            Comments++;
        }
        else if (_event == "error")
        {
            Error(data);
        }
        else if (data.SequenceEqual("[DONE]"u8))
        {
            _done++;
            _isTerminated |= script.Dialect.TerminalData == "[DONE]";
            if (_done > 1 || (_error is null && script.Dialect.TerminalData != "[DONE]"))
            {
                Note("a [DONE] too many");
            }
        }
        else if (_error is not null || _isTerminated)
        {
            Note("an event after the end");
        }
        else if (data.IndexOf("soak:"u8) is >= 0 and var at)
        {
            Text(data[at..]);
        }
        else if (script.Dialect.TerminalData is { } terminal && data.SequenceEqual(Encoding.UTF8.GetBytes(terminal)))
        {
            _isTerminated = true;
        }
        else if (!data.EndsWith("\"finish_reason\":\"stop\"}]}"u8))
        {
            Note("an event that nobody sent");
        }
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        var mark = Encoding.ASCII.GetBytes(SoakDialect.Mark(script.Id, _events));
        var isGood = text.StartsWith(mark)
            && text.Length >= mark.Length + script.EventBytes
            && text.Slice(mark.Length, script.EventBytes).IndexOfAnyExcept((byte)'x') < 0
            && text[mark.Length + script.EventBytes] == (byte)'"';
        if (!isGood)
        {
            Note($"event {_events} is not the one that was sent");
        }

        _events++;
    }

    private void Error(ReadOnlySpan<byte> data)
    {
        if (_error is not null)
        {
            Note("a second error frame");
        }

        _error = CodeOf(data);
        if (_error is null)
        {
            Note("an error frame without type, message or code");
            _error = "?";
        }
    }

    /// <summary>The code of an error object; null if it is none.</summary>
    public static string? CodeOf(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var error = document.RootElement.GetProperty("error");
            return Text("type") is null || Text("message") is null ? null : Text("code");

            string? Text(string name) => error.GetProperty(name).GetString() is { Length: > 0 } text ? text : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
