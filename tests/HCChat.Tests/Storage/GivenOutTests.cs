using System.Net.Sockets;
using System.Text;

namespace HCChat.Tests.Storage;

/// <summary>What somebody can do who was given an address to put an object to, and does not have the key.</summary>
public sealed class GivenOutTests
{
    private const int Large = (64 << 20) + 1;

    [Fact]
    public async Task One_request_carries_at_most_64_MiB()
    {
        await using var store = await RunningStore.StartAsync();
        using var put = await BeginAsync(store, Large);
        Assert.Contains("EntityTooLarge", await put.AnswerAsync(), StringComparison.Ordinal);
        Assert.Equal(0, store.Files);
    }

    [Fact]
    public async Task What_takes_too_long_to_arrive_is_cut_and_nothing_is_there()
    {
        await using var store = await RunningStore.StartAsync();
        using var put = await BeginAsync(store, 10);
        // It says so when it begins to read.
        Assert.Contains(" 100 ", await put.LineAsync(), StringComparison.Ordinal);
        await put.SendAsync("12345");
        store.Time.Advance(TimeSpan.FromMinutes(21));
        Assert.Contains("RequestTimeout", await put.AnswerAsync(), StringComparison.Ordinal);
        Assert.Equal(0, store.Files);
    }

    private static async Task<Put> BeginAsync(RunningStore store, int length)
    {
        var put = new Put(new TcpClient());
        await put.Client.ConnectAsync(store.Url.Host, store.Url.Port);
        await put.SendAsync(
            $"PUT {store.Presign("PUT", "o/slow.bin")} HTTP/1.1\r\nHost: {store.Url.Authority}\r\n"
                + $"Content-Length: {length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        );
        return put;
    }

    private sealed record Put(TcpClient Client) : IDisposable
    {
        private StreamReader? _reader;

        private StreamReader Reader => _reader ??= new StreamReader(Client.GetStream());

        public async Task SendAsync(string text) => await Client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

        public async Task<string?> LineAsync() => await Reader.ReadLineAsync();

        /// <summary>The refusal, which is XML.</summary>
        public async Task<string> AnswerAsync()
        {
            var (answer, piece) = (new StringBuilder(), new char[1_024]);
            while (!answer.ToString().Contains("</Error>", StringComparison.Ordinal))
            {
                var count = await Reader.ReadAsync(piece);
                Assert.NotEqual(0, count);
                answer.Append(piece, 0, count);
            }
            return answer.ToString();
        }

        public void Dispose() => Client.Dispose();
    }
}
