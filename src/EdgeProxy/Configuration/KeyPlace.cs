using System.Text.Json;

namespace EdgeProxy.Configuration;

/// <summary>Where a key stands in the files.</summary>
internal static class KeyPlace
{
    private static readonly JsonReaderOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>
    /// The problem with its file and line: of its key, or of the innermost section around it that a file has. A later file's key stands over
    /// an earlier one's.
    /// </summary>
    public static ConfigurationProblem Locate(this FileContents contents, ConfigurationProblem problem)
    {
        if (problem.File is not null)
        {
            return problem;
        }

        var best = 0;
        foreach (var (file, text) in contents.Texts)
        {
            if (Find(text, problem.Path, best) is { } place)
            {
                best = place.Length;
                problem = problem with { File = file, Line = place.Line };
            }
        }

        return problem;
    }

    /// <summary>The longest part of the path that the file has, if it is at least so long; and its line.</summary>
    private static (int Length, long Line)? Find(ReadOnlySpan<byte> text, string path, int atLeast)
    {
        if (text.StartsWith("\uFEFF"u8))
        {
            text = text[3..];
        }

        (int Length, long Line)? found = null;
        try
        {
            // Names that are on the way, by depth, and for arrays the index at hand.
            var names = new Stack<(string Path, int Index)>();
            var current = "";
            var reader = new Utf8JsonReader(text, Lenient);
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        current = Join(names.Peek().Path, reader.GetString()!);
                        Note(current, text[..(int)reader.TokenStartIndex]);
                        continue;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        names.Pop();
                        continue;
                }

                if (names.TryPeek(out var parent) && parent.Index >= 0)
                {
                    names.Pop();
                    names.Push((parent.Path, parent.Index + 1));
                    current = Join(parent.Path, $"{parent.Index}");
                    Note(current, text[..(int)reader.TokenStartIndex]);
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    names.Push((current, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
                }
            }
        }
        catch (JsonException)
        {
            // In an encoding other than UTF-8: the key's path has to do.
        }

        return found;

        void Note(string key, ReadOnlySpan<byte> before)
        {
            var isOnTheWay = path.StartsWith(key, StringComparison.OrdinalIgnoreCase) && (path.Length == key.Length || path[key.Length] == ':');
            if (isOnTheWay && key.Length >= Math.Max(atLeast, found?.Length ?? 0))
            {
                found = (key.Length, before.Count((byte)'\n') + 1);
            }
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";
}
