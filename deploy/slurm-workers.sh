#!/bin/bash
# An array of workers in Slurm: docs/campaigns.md
#   QUEUE=redis://head-node:6379 LUFCHECK_QUEUE_PASSWORD=... sbatch --export=ALL deploy/slurm-workers.sh
# The campaign itself runs where its database is: lufcheck campaign run SPEC --queue "$QUEUE"
#SBATCH --job-name=lufcheck
#SBATCH --array=0-99
#SBATCH --cpus-per-task=10
#SBATCH --mem-per-cpu=2200M
#SBATCH --time=08:00:00
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
QUEUE=${QUEUE:-redis://head-node:6379}
# Workers end by themselves once there has been nothing to do for five minutes; a minute before its time is
# over each gives back what it is at.
exec lufcheck campaign worker --queue "$QUEUE" --jobs "$SLURM_CPUS_PER_TASK" --idle 300
