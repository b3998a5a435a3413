using System.Diagnostics;

namespace HCChat.EndToEnd.Durability;

/// <summary>Programs of the operating system.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It is missing or has failed; the message says what it said and what these tests need.</exception>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var said = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException(
                    $"`{program} {string.Join(' ', arguments)}` failed: {await said.Item1}{await said.Item2}"
                );
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"`{program}` is needed and cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Mounts a file system; the caller takes it off again.</summary>
    /// <exception cref="InvalidOperationException">It cannot; the message says what is needed.</exception>
    public static async Task MountAsync(params string[] arguments)
    {
        try
        {
            await RunAsync("mount", arguments);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException(
                "This test mounts file systems of its own: it needs root, the packages mount and e2fsprogs, and (in a container) loop devices and the right to mount. "
                    + e.Message,
                e
            );
        }
    }
}
