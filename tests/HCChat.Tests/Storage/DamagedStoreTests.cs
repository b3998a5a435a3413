using System.Net;
using System.Security.Cryptography;
using HCChat.Storage;

namespace HCChat.Tests.Storage;

/// <summary>The folder of the built-in store is not as it was left.</summary>
public sealed class DamagedStoreTests : IAsyncLifetime
{
    private RunningStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RunningStore.StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_file_that_cannot_be_removed_keeps_nothing_from_being_replaced_or_deleted()
    {
        foreach (var content in new[] { 70_000, 0 })
        {
            await PutAsync("o/stuck", 1_000);
            var file = Directory
                .GetFiles(_store.Folder, "*", SearchOption.AllDirectories)
                .Single(f => new FileInfo(f).Length == 1_000);
            File.Delete(file);
            Directory.CreateDirectory(file); // which the system refuses to unlink, as it does without the right to
            if (content > 0)
            {
                await PutAsync("o/stuck", content);
            }
            else
            {
                using var deleted = await _store.Http.DeleteAsync(
                    new Uri(_store.Presign("DELETE", "o/stuck"), UriKind.Relative)
                );
                Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no database, but long enough to be taken for one")]
    public async Task Nothing_is_removed_because_the_index_is_lost(string? instead)
    {
        await PutAsync("o/kept", 70_000);
        var folder = await _store.StopAsync();
        var files = _store.Files;
        foreach (var file in Directory.GetFiles(folder, "index.db*"))
        {
            File.Delete(file);
        }
        if (instead is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "index.db"), instead);
        }
        // Not the second time either, when what the first try has left is there.
        for (var i = 0; i < 2; i++)
        {
            Assert.Throws<InvalidDataException>(() => DiskStore.Open(folder, _store.Time));
            Assert.Equal(files, _store.Files);
        }
        Directory.Delete(folder, recursive: true);
        _store = await RunningStore.StartAsync();
    }

    [Fact]
    public async Task What_an_old_index_does_not_know_is_kept_for_a_week_and_comes_back_with_the_right_one()
    {
        await PutAsync("o/old", 1_000);
        var old = await CopyIndexAsync();
        await PutAsync("o/new", 2_000);
        var right = await CopyIndexAsync();

        await RestartAsync(old);
        Assert.Equal((1, 1, 1), (_store.Store.SetAside, _store.Files, Aside));
        _store.Time.Advance(TimeSpan.FromDays(6));
        await RestartAsync(old);
        Assert.Equal((0, 1, 1), (_store.Store.SetAside, _store.Files, Aside));

        await RestartAsync(right);
        Assert.Equal((0, 2, 0), (_store.Store.SetAside, _store.Files, Aside));
        using var got = await _store.Http.GetAsync(new Uri(_store.Presign("GET", "o/new"), UriKind.Relative));
        Assert.Equal(2_000, (await got.Content.ReadAsByteArrayAsync()).Length);

        await RestartAsync(old);
        _store.Time.Advance(TimeSpan.FromDays(6));
        Assert.Equal((1, 1), (_store.Files, Aside));
        // Nor does it need a restart to go.
        _store.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal((1, 0), (_store.Files, Aside));
    }

    private int Aside => Directory.GetFiles(Path.Combine(_store.Folder, "aside")).Length;

    // Begins anew with another index.
    private async Task RestartAsync(byte[] index)
    {
        var (folder, now) = (await _store.StopAsync(), _store.Time.GetUtcNow());
        await File.WriteAllBytesAsync(Path.Combine(folder, "index.db"), index);
        _store = await RunningStore.StartAsync(folder, now);
    }

    private async Task<byte[]> CopyIndexAsync()
    {
        var (folder, now) = (await _store.StopAsync(), _store.Time.GetUtcNow());
        var index = await File.ReadAllBytesAsync(Path.Combine(folder, "index.db"));
        _store = await RunningStore.StartAsync(folder, now);
        return index;
    }

    private async Task PutAsync(string key, int size)
    {
        using var data = new ByteArrayContent(RandomNumberGenerator.GetBytes(size));
        using var response = await _store.Http.PutAsync(new Uri(_store.Presign("PUT", key), UriKind.Relative), data);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
