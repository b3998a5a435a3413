using System.Net;
using HCChat.Server.Attachments;
using HCChat.Server.Hosting;
using HCChat.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HCChat.Tests.Attachments;

/// <summary>The server's side of S3, with something else there than a store that is in order.</summary>
public sealed class ObjectStoreTests : IAsyncLifetime
{
    private readonly WebApplication _app;
    private RequestDelegate _answer = _ => Task.CompletedTask;
    private ObjectStore _store = null!;

    public ObjectStoreTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(context => _answer(context));
    }

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        var options = new StorageOptions { Endpoint = _app.Urls.First() };
        _store = new ObjectStore(options, new StorageKey("key", "secret"), () => "");
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task What_answers_and_is_no_store_is_a_store_that_does_not_answer()
    {
        _answer = context => context.Response.WriteAsync("<html><p>Log in, please.");
        await Assert.ThrowsAsync<TimeoutException>(() => _store.EndUploadsAsync(DateTimeOffset.MaxValue));
        await Assert.ThrowsAsync<TimeoutException>(() => _store.BeginAsync("o/x"));
        _answer = context =>
        {
            context.Response.Headers.LastModified = "yesterday";
            return Task.CompletedTask;
        };
        await Assert.ThrowsAsync<TimeoutException>(() => _store.SizeAsync("o/x"));
    }
}
