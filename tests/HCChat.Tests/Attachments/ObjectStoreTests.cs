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

    [Fact]
    public async Task An_upload_that_the_store_does_not_let_be_ended_keeps_no_other_from_it()
    {
        var ended = new List<string>();
        _answer = context =>
        {
            var (request, response) = (context.Request, context.Response);
            if (request.Method == "GET")
            {
                return response.WriteAsync(
                    """
                    <ListMultipartUploadsResult><IsTruncated>false</IsTruncated>
                    <Upload><Key>o/1</Key><UploadId>held</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>
                    <Upload><Key>o/2</Key><UploadId>free</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>
                    </ListMultipartUploadsResult>
                    """
                );
            }
            var upload = request.Query["uploadId"].ToString();
            ended.Add(upload);
            response.StatusCode = upload == "held" ? 403 : 204;
            return upload == "held"
                ? response.WriteAsync("<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
                : Task.CompletedTask;
        };
        Assert.NotNull(await _store.EndUploadsAsync(DateTimeOffset.MaxValue));
        Assert.Equal(["held", "free"], ended);
    }

    [Fact]
    public async Task A_store_may_take_its_time_to_put_parts_together()
    {
        var asked = 0;
        _answer = async context =>
        {
            asked++;
            await Task.Delay(TimeSpan.FromSeconds(7), context.RequestAborted);
            await context.Response.WriteAsync(
                "<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>o/1</Key><ETag>x-1</ETag></CompleteMultipartUploadResult>"
            );
        };
        var attachment = new Attachment("1", "den", "o/1", 3, null, "upload", 3, "", "", AttachmentState.Pending, 0);
        await _store.CompleteAsync(
            attachment,
            [
                new Amazon.S3.Model.PartDetail
                {
                    PartNumber = 1,
                    ETag = "x",
                    Size = 3,
                },
            ]
        );
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task An_object_that_the_store_does_not_remove_keeps_no_other_from_being_removed()
    {
        _answer = context =>
        {
            var (request, response) = (context.Request, context.Response);
            if (request.Method == "DELETE" && request.Path.Value!.EndsWith("/bad", StringComparison.Ordinal))
            {
                response.StatusCode = 400;
                return response.WriteAsync("<Error><Code>InvalidObjectName</Code><Message>no</Message></Error>");
            }
            response.StatusCode = request.Method == "DELETE" ? 204 : 200;
            return request.Query.ContainsKey("uploads")
                ? response.WriteAsync(
                    "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
                )
                : Task.CompletedTask;
        };
        await using var server = await RunningServer.StartAsync(
            $"--Storage:Endpoint={_app.Urls.First()}",
            "--Storage:AccessKey=key",
            "--Storage:SecretKey=secret"
        );
        server.Change(
            """
            INSERT INTO attachments (id, channel, object, bytes, owner, address, state, created, asked, part)
            VALUES ('1', 'den', 'rooms/den/bad', 3, '', '', 2, 1, 1, 0), ('2', 'den', 'rooms/den/good', 3, '', '', 2, 2, 2, 0)
            """
        );
        await server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(1, server.CountRows("attachments"));
        Assert.Equal(1, server.CountRows("attachments WHERE id = '1' AND state = 2"));
    }

    [Fact]
    public async Task A_store_that_knows_no_CORS_rules_is_used_as_it_is()
    {
        _answer = context =>
        {
            context.Response.StatusCode = context.Request.Query.ContainsKey("cors") ? 501 : 200;
            return context.Request.Query.ContainsKey("cors")
                ? context.Response.WriteAsync("<Error><Code>NotImplemented</Code><Message>no</Message></Error>")
                : Task.CompletedTask;
        };
        var refused = await Assert.ThrowsAsync<Amazon.S3.AmazonS3Exception>(() => _store.PrepareAsync([]));
        Assert.Equal("NotImplemented", refused.ErrorCode);
    }
}
