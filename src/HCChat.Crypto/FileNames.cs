namespace HCChat.Crypto;

/// <summary>Names of files that come from others (spec/crypto.md §7).</summary>
public static class FileNames
{
    /// <summary>What a file is called whose name has nothing that may be shown.</summary>
    public const string Nameless = "file";

    /// <summary>
    /// The name without control characters, marks of writing direction and whatever stands before the last <c>/</c> or <c>\</c>: fit to be shown. To save something under it takes
    /// more care.
    /// </summary>
    public static string Clean(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var clean = RoomTitle.Clean(name[(name.LastIndexOfAny(['/', '\\']) + 1)..]);
        return clean?.Trim('.').Length > 0 ? clean : Nameless;
    }
}
