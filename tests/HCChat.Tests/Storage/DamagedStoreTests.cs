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

    private async Task PutAsync(string key, int size)
    {
        using var data = new ByteArrayContent(RandomNumberGenerator.GetBytes(size));
        using var response = await _store.Http.PutAsync(new Uri(_store.Presign("PUT", key), UriKind.Relative), data);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
