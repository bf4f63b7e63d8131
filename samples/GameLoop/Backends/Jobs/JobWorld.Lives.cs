using System.Numerics;
using Arena.Collections;
using GameLoop.Rules;

namespace GameLoop.Backends.Jobs;

// How one entity lives from frame to frame, on any worker. A worker writes its own entities, the inbox of a thinking
// ship's partner, which is in the same chunk, and its part.
internal sealed unsafe partial class JobWorld
{
    private void Think(ref Ship ship, ShipGrid grid, WorkerPart part)
    {
        var around = grid.Look(in ship.State);
        var toTarget = Aim(ref ship, around.NearestEnemy);
        var toPoint = FollowPath(ref ship, part);
        var wake = TrailRules.Wake(ship.Trail.AsSpan(), Space);
        ShipRules.Steer(ref ship.State, in around, toPoint, toTarget, wake);
        SendMessage(ship.State.Berth, part);
    }

    private void Move(ref Ship ship, ref Picture picture, WorkerPart part)
    {
        if (ship.Inbox.Count > 0 && Frame >= ship.State.MessageArrival)
        {
            ShipRules.Learn(ref ship.State, MessageRules.Read(ship.Inbox.AsSpan()));
            ship.Inbox.Dispose();
        }
        ShipRules.Step(ref ship.State, Space);
        if (TrailRules.IsDue(Frame + ship.State.Berth))
            Lengthen(ref ship.Trail, ship.State.Position, part);
        picture.Draw(ship.State.Position, Colours.Ship(ship.State.Faction));
    }

    private bool TryFind(TargetLock target, out Ship* ship)
    {
        ship = (Ship*)_berths[target.Berth];
        return ship->State.Id == target.Id;
    }

    private Vector2? Aim(ref Ship ship, int nearestEnemy)
    {
        if (TryFind(ship.Target, out var target))
        {
            var toTarget = Space.Delta(ship.State.Position, target->State.Position);
            if (ShipRules.KeepsLock(toTarget))
                return toTarget;
        }
        ship.Target = default;
        if (nearestEnemy < 0)
            return null;
        target = (Ship*)_berths[nearestEnemy];
        ship.Target = new TargetLock { Berth = nearestEnemy, Id = target->State.Id };
        return Space.Delta(ship.State.Position, target->State.Position);
    }

    private Vector2 FollowPath(ref Ship ship, WorkerPart part)
    {
        var point = PathRules.CurrentPoint(in ship.State, Frame);
        if (point >= ship.Path.Count)
        {
            ship.Path.Dispose();
            var rng = Decide(Decision.Plan, ship.State.Berth);
            ship.Path = new(_data, PathRules.ChooseLength(ref rng));
            PathRules.Plan(FillAll(ref ship.Path), ship.State.Position, Space, ref rng);
            ship.State.PathStart = Frame;
            part.Allocations++;
            point = 0;
        }
        return Space.Delta(ship.State.Position, ship.Path[point]);
    }

    private void SendMessage(int fromBerth, WorkerPart part)
    {
        var rng = Decide(Decision.Send, fromBerth);
        var berth = ShipRules.Wingman(fromBerth);
        if (!MessageRules.IsDue(ref rng) || berth >= Settings.Ships)
            return;
        ref var wingman = ref *(Ship*)_berths[berth];
        if (wingman.Inbox.Count > 0)
            return;
        wingman.Inbox = new(_data, MessageRules.ChooseBytes(ref rng));
        wingman.State.MessageArrival = Frame + MessageRules.Flight(ref rng);
        MessageRules.Write(FillAll(ref wingman.Inbox), ref rng);
        part.Allocations++;
    }

    private static void Lengthen(ref NativeList<Vector2> trail, Vector2 point, WorkerPart part)
    {
        if (trail.Count == TrailRules.MaximumPoints)
        {
            trail.RemoveAt(0);
        }
        else if (trail.Count == trail.Capacity)
        {
            trail.EnsureCapacity(TrailRules.Grow(trail.Capacity));
            part.Allocations++;
        }
        trail.Add(point);
    }

    private bool Step(ref Shot shot, ShipGrid grid, ref Picture picture, WorkerPart part)
    {
        if (TryFind(shot.Target, out var target))
            ShotRules.Seek(ref shot.State, target->State.Position, Space);
        if (!ShotRules.Step(ref shot.State, Space))
            return false;
        var hit = ShotRules.FindHit(in shot.State, grid);
        if (hit >= 0)
        {
            part.Effects.Add(new Effect(hit, Repair: 0, Intel: 0));
            return false;
        }
        if (TrailRules.IsDue(shot.State.FramesLeft))
            Lengthen(ref shot.Trail, shot.State.Position, part);
        picture.Draw(shot.State.Position, Colours.Shot);
        return true;
    }

    private bool Step(ref Pickup pickup, ShipGrid grid, ref Picture picture, WorkerPart part)
    {
        if (!PickupRules.Step(ref pickup.State, Space))
            return false;
        var finder = PickupRules.FindFinder(in pickup.State, grid);
        if (finder >= 0)
        {
            part.Effects.Add(new Effect(finder, pickup.State.Repair, MessageRules.Read(pickup.Log.AsSpan())));
            return false;
        }
        picture.Draw(pickup.State.Position, Colours.Pickup);
        return true;
    }
}
