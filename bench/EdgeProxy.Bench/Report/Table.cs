using System.Text;

namespace EdgeProxy.Bench.Report;

/// <summary>A table in Markdown whose columns stand under each other, so that a console reads it too. The first column is text, figures are set right.</summary>
internal sealed class Table(params string[] heads)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Columns beside the first that hold text, by their place.</summary>
    public HashSet<int> TextColumns { get; } = [0];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString()
    {
        var widths = heads.Select((head, column) => Math.Max(3, _rows.Select(row => row[column].Length).Append(head.Length).Max())).ToArray();
        var text = new StringBuilder();
        Append(heads);
        text.Append('|').AppendJoin('|', widths.Select((width, column) => TextColumns.Contains(column) ? new string('-', width + 2) : new string('-', width + 1) + ":")).Append("|\n");
        foreach (var row in _rows)
        {
            Append(row);
        }

        return text.ToString();

        void Append(string[] cells) =>
            text.Append("| ").AppendJoin(" | ", cells.Select((cell, column) => TextColumns.Contains(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).Append(" |\n");
    }
}
