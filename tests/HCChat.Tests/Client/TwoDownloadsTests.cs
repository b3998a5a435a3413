using System.Diagnostics;
using System.Text.Json;
using HCChat.Client;

namespace HCChat.Tests.Client;

/// <summary>The same command twice at once: the second one takes nothing away from the first.</summary>
public sealed class TwoDownloadsTests : IDisposable
{
    private static readonly byte[] s_data = "what was sent"u8.ToArray();
    private readonly string _folder = Directory.CreateTempSubdirectory("hcchat-two-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_comes_second_leaves_the_first_alone(bool isFetching)
    {
        var target = Path.Combine(_folder, "got");
        using var told = JsonDocument.Parse(
            """{"attachment":{"url":"http://127.0.0.1/rooms/a/b.txt","filename":"b.txt"}}"""
        );
        var file = Assert.Single(SharedFile.Beside(told.RootElement, isEncrypted: false));
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        async Task WaitAsync()
        {
            begun.TrySetResult();
            await go.Task;
        }
        var first = new FileDownload(
            file,
            from => new Slow(s_data[(int)from..], isFetching ? WaitAsync : () => Task.CompletedTask),
            async (stored, plain, stop) =>
            {
                await stored.CopyToAsync(plain, stop);
                await (isFetching ? Task.CompletedTask : WaitAsync());
            }
        ).SaveAsync(target, overwrite: false, TestContext.Current.CancellationToken);
        await begun.Task;
        var names = Directory.GetFiles(_folder).Order();
        var second = new FileDownload(
            file,
            _ => throw new UnreachableException(),
            (_, _, _) => throw new UnreachableException()
        );
        await Assert.ThrowsAsync<IOException>(() =>
            second.SaveAsync(target, overwrite: false, TestContext.Current.CancellationToken)
        );
        Assert.Equal(names, Directory.GetFiles(_folder).Order());
        go.SetResult();
        Assert.Equal(target, await first);
        Assert.Equal(s_data, await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(_folder));
    }

    private sealed class Slow(byte[] data, Func<Task> wait) : MemoryStream(data)
    {
        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await wait();
            await base.CopyToAsync(destination, bufferSize, cancellationToken);
        }
    }
}
