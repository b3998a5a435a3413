namespace HCChat.Tests.Layout;

/// <summary>The work tree that this build came from.</summary>
internal static class Repository
{
    /// <summary>Its root: the nearest folder above the tests that holds the solution.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Files of ours below a folder, by pattern.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory
            .EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(f =>
                !f.Contains("/node_modules/", StringComparison.Ordinal)
                && !f.Contains("/dist/", StringComparison.Ordinal)
            );

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "HCChat.slnx")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
