namespace HCChat.Cli;

/// <summary>Secrets of one line, which come from a file, standard input or the environment, never from the command line.</summary>
internal static class SecretText
{
    /// <summary>The first line of a file (<c>-</c>: standard input), or the variable when no file is named; null when there is none.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<string?> ReadAsync(string? file, string variable, Terminal terminal)
    {
        if (file is null)
        {
            return terminal.Environment(variable);
        }
        if (file == "-")
        {
            return await terminal.Input.ReadLineAsync();
        }
        using var reader = new StreamReader(file);
        return await reader.ReadLineAsync();
    }
}
